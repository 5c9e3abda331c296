"""The index behind searches: FTS5 on SQLite, pg_trgm on PostgreSQL, both by three characters."""

# ruff: noqa: S608 (all names are our own)

from typing import Any

from django.db import DatabaseError, connection, transaction

TABLE, INDEX = "generation_taskwords", "generation_taskwords_index"

# Triggers keep it in step, whoever writes a row, and in the same transaction.
SQLITE = (
    f"CREATE VIRTUAL TABLE {INDEX} USING fts5("
    f"text, content='{TABLE}', content_rowid='place', tokenize='trigram case_sensitive 1')",
    f"INSERT INTO {INDEX}({INDEX}) VALUES ('rebuild')",
    f"CREATE TRIGGER taskwords_in AFTER INSERT ON {TABLE} BEGIN "
    f"INSERT INTO {INDEX}(rowid, text) VALUES (new.place, new.text); END",
    f"CREATE TRIGGER taskwords_out AFTER DELETE ON {TABLE} BEGIN "
    f"INSERT INTO {INDEX}({INDEX}, rowid, text) VALUES ('delete', old.place, old.text); END",
    f"CREATE TRIGGER taskwords_other AFTER UPDATE ON {TABLE} BEGIN "
    f"INSERT INTO {INDEX}({INDEX}, rowid, text) VALUES ('delete', old.place, old.text); "
    f"INSERT INTO {INDEX}(rowid, text) VALUES (new.place, new.text); END",
)
POSTGRESQL = f"CREATE INDEX IF NOT EXISTS {INDEX} ON {TABLE} USING gin (text gin_trgm_ops)"


def build(using: Any = connection) -> bool:
    """Makes it; False when PostgreSQL does not let us. Then searches read every row."""
    with using.cursor() as cursor:
        if using.vendor == "sqlite":
            for statement in SQLITE:
                cursor.execute(statement)
            return True
        try:
            with transaction.atomic(using=using.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
                cursor.execute(POSTGRESQL)
        except DatabaseError:
            return False
    return True


def take_down(using: Any = connection) -> None:
    with using.cursor() as cursor:
        if using.vendor == "sqlite":
            for name in ("in", "out", "other"):
                cursor.execute(f"DROP TRIGGER IF EXISTS taskwords_{name}")
            cursor.execute(f"DROP TABLE IF EXISTS {INDEX}")
        else:
            cursor.execute(f"DROP INDEX IF EXISTS {INDEX}")


def trouble() -> str:
    """Why a search reads every row; "" when it does not."""
    if connection.vendor == "sqlite":
        return ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [INDEX])
        if cursor.fetchone() == (None,):
            return (
                "Searches read every row: let a superuser of PostgreSQL run "
                "CREATE EXTENSION pg_trgm in this database, then run manage.py migrate."
            )
        cursor.execute("SELECT cardinality(show_trgm(%s))", ["城市"])
        if cursor.fetchone() == (0,):
            return (
                "Searches for Chinese read every row: the database was made with the locale C; "
                "make it with C.UTF-8 or another one of UTF-8."
            )
    return ""
