"""Commands, too, leave the tables of another version alone."""

import pytest
from django.core.management import CommandError, call_command, load_command_class
from django.db import connection, connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from generation.supervisor.reaper import ROOT

COMMANDS = {path.stem for path in (ROOT / "generation/management/commands").glob("[a-z]*.py")}
NOT_REFUSED = {
    "doctor": "says it among all else",
    "migrate": "brings older tables up to date",
    "restore": "makes the tables anew",
    "sandbox": "has no database",
    "supervise": "brings older tables up to date",
}
"""Of these `migrate` and `supervise` refuse a newer database by themselves."""

REFUSED = COMMANDS - NOT_REFUSED.keys()
GIVEN = {
    "backup": ("team.backup",),
    "createsuperuser": ("--noinput", "--username=ada", "--email=ada@example.com"),
    "fake_history": ("--force", "--tasks=1", "--users=1"),
    "reset_second_factor": ("ada",),
}


@pytest.fixture
def recorder(db):
    return MigrationRecorder(connection)


@pytest.fixture
def newer(recorder):
    recorder.record_applied("generation", "9999_from_the_future")


@pytest.fixture
def older(recorder):
    recorder.record_unapplied("generation", "0001_initial")


def refuses(name, says, monkeypatch):
    command = load_command_class("generation", name)
    # Before it does anything: a backup that is made waits for the end of this test.
    monkeypatch.setattr(command, "handle", lambda *args, **options: None)
    with pytest.raises(CommandError, match=says):
        call_command(command, *GIVEN.get(name, ()))


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_on_a_newer_database_it_is_refused(name, newer, monkeypatch):
    refuses(name, "newer version", monkeypatch)


# A backup itself says what an older one lacks.
@pytest.mark.parametrize("name", sorted(REFUSED - {"backup"}))
def test_on_an_older_database_it_is_refused(name, older, monkeypatch):
    refuses(name, "older than", monkeypatch)


def test_what_is_not_refused_is_there():
    assert NOT_REFUSED.keys() < COMMANDS


@pytest.fixture
def nowhere(db, monkeypatch, tmp_path):
    """The folder, not there yet, of a SQLite that nobody has asked so far."""
    place = tmp_path / "var/viduweb.sqlite3"
    settings = {**connections["default"].settings_dict, "NAME": place, "OPTIONS": {}}
    database = DatabaseWrapper(settings, alias="default")
    monkeypatch.setattr("generation.schema.connection", database)
    yield place.parent
    database.close()


def test_before_there_is_a_database_it_says_how_to_make_it(nowhere):
    with pytest.raises(CommandError, match="older than"):
        call_command("hold")


def test_a_backup_is_checked_before_there_is_a_database(nowhere, tmp_path):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("restore", tmp_path / "none.tar", "--check")
    assert nowhere.is_dir()
