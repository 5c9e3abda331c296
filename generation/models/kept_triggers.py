"""What keeps the kept seconds of the roll-up in step with the marks: triggers of the database.

Whoever writes or removes a mark, and by whatever way, in the same transaction: a mark writes or removes
a row of KeptResult, and that adds to the `kept` of the five tables of the roll-up, or takes from it.
Those of the figures of collections (collected_triggers.py) come and go with them.

SQLite alters no table that a trigger speaks of. So they are taken down before migrations and put up
after them (generation/apps.py), and no migration holds them.
"""

# ruff: noqa: S608 (all names are our own)

from typing import Any

from django.db import connection

from . import collected_triggers, kept_on_postgresql, kept_on_sqlite


def put_up(using: Any = connection) -> None:
    """Makes them as they should be, those that stand too."""
    wanted = triggers(using.vendor)
    with using.cursor() as cursor:
        if using.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            there = dict(cursor.fetchall())
            for name, (_, sql) in wanted.items():
                if there.get(name) != sql:
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                    cursor.execute(sql)
            return
        functions = (*kept_on_postgresql.FUNCTIONS, *collected_triggers.FUNCTIONS)
        for statement in (*functions, *(sql for _, sql in wanted.values())):
            cursor.execute(statement)


def take_down(using: Any = connection) -> None:
    with using.cursor() as cursor:
        for name, (table, _) in triggers(using.vendor).items():
            on = "" if using.vendor == "sqlite" else f" ON {table}"
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def trouble() -> str:
    """Why marks are not followed; "" when they are."""
    wanted = triggers(connection.vendor).keys()
    table, column = "pg_trigger", "tgname"
    if connection.vendor == "sqlite":
        table, column = "sqlite_master", "name"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        there = {name for (name,) in cursor.fetchall()}
    if wanted <= there:
        return ""
    return (
        "Nothing counts what is kept, or what is in collections: run manage.py migrate, "
        "then manage.py rebuild_usage."
    )


def triggers(vendor: str) -> dict[str, tuple[str, str]]:
    """Table and statement of each, by name."""
    if vendor == "sqlite":
        return kept_on_sqlite.triggers() | collected_triggers.on_sqlite()
    return kept_on_postgresql.triggers() | collected_triggers.on_postgresql()
