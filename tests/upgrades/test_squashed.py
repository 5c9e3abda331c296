"""What a new database begins with stands for all that it replaces, and for nothing else."""

from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from generation import migrations, schema

SQUASHED = "0001_squashed_0064_fill_figures_of_collections"


def names():
    return sorted(path.stem for path in Path(migrations.__path__[0]).glob("[0-9]*.py"))


def test_it_replaces_the_first_64_and_each_of_them_is_there():
    loader = MigrationLoader(None, replace_migrations=False)
    replaced = [name for _, name in loader.replacements["generation", SQUASHED].replaces]
    assert replaced == [name for name in names() if name != SQUASHED][:64]
    assert replaced[-1].startswith("0064_")


def test_who_has_gone_all_the_way_has_nothing_to_do(db):
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("generation", SQUASHED)
    assert SQUASHED in schema.mismatch()
    call_command("migrate", verbosity=0)
    assert schema.mismatch() == ""


def test_a_new_database_is_said_to_have_all_of_them(db):
    recorded = {
        name
        for app, name in MigrationRecorder(connection).applied_migrations()
        if app == "generation"
    }
    assert recorded == set(names())
