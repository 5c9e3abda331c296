"""Which tables and columns there are, and by which migrations they were made."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import FileField

from . import LEFT_OUT, BackupError

MIGRATIONS = "django_migrations"


def applied() -> list[list[str]]:
    """App and name of every migration that the database has."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise BackupError("The database is not up to date: run manage.py migrate first.")
    return sorted([app, name] for app, name in executor.loader.applied_migrations)


def known(migrations: Iterable[Iterable[str]]) -> set[tuple[str, str]]:
    """The same; raises BackupError when this version does not know all of them."""
    wanted = {(app, name) for app, name in migrations}
    loader = MigrationExecutor(connection).loader
    newer = sorted(
        f"{app}.{name}" for app, name in wanted if (app, name) not in loader.disk_migrations
    )
    if newer:
        raise BackupError(
            f"The backup was made by a newer version: {newer[0]} is not known here. "
            "Restore it with that version."
        )
    return wanted


def build(wanted: set[tuple[str, str]]) -> None:
    """Makes the tables anew, as they were when the backup was made."""
    ours = {*connection.introspection.django_table_names(), *LEFT_OUT, MIGRATIONS}
    with connection.cursor() as cursor:
        for table in sorted(ours & set(connection.introspection.table_names())):
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)} CASCADE")
    executor = MigrationExecutor(connection)
    loader: Any = executor.loader
    # What replaces others stands for all of them: of a backup that has but some it says too much.
    whole = {key for key, one in loader.replacements.items() if wanted.issuperset(one.replaces)}
    if whole != loader.replacements.keys():
        loader.replace_migrations = False
        loader.build_graph()
    wanted |= whole
    nodes = loader.graph.node_map
    inner = {parent.key for key in wanted & nodes.keys() for parent in nodes[key].parents}
    executor.migrate(sorted(wanted & nodes.keys() - inner))


def file_columns() -> Iterator[tuple[str, str]]:
    """Table and column of every stored file's name."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, FileField) and field.column:
                yield model._meta.db_table, field.column


def names_query() -> str:
    """Every stored file once, in order."""
    quote = connection.ops.quote_name
    parts = [
        # Both names are our models' own.
        f"SELECT {quote(column)} AS name FROM {quote(table)} WHERE {quote(column)} <> ''"  # noqa: S608
        for table, column in file_columns()
    ]
    return f"{' UNION '.join(parts)} ORDER BY name"


def tables() -> list[str]:
    return sorted(
        table
        for table in connection.introspection.table_names()
        if table not in LEFT_OUT and table != MIGRATIONS
    )
