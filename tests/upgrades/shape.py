"""What a database is made of, said so that the order and the names in which it grew do not matter."""

import re

from tests.processes.machine import Machine
from tests.processes.stack import Stack

SQLITE = "SELECT type, tbl_name, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
POSTGRESQL = (
    "SELECT table_name, column_name, udt_name, is_nullable, column_default, character_maximum_length, is_identity "
    "FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT conrelid::regclass, contype, pg_get_constraintdef(oid, true) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace",
    "SELECT tablename, regexp_replace(indexdef, 'INDEX \\S+', 'INDEX') FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT tgrelid::regclass, pg_get_triggerdef(oid, true) FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT proname, md5(prosrc) FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
    "AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')",
)


def shape(machine: Machine | Stack) -> set[tuple[str, ...]]:
    """All tables, columns, constraints, indexes and triggers of its database."""
    if machine.env.get("DATABASE_URL"):
        return {tuple(map(_plain, row)) for sql in POSTGRESQL for row in machine.rows(sql)}
    return {
        (kind, table, name, *(sorted(_parts(sql)) if kind == "table" else [sql]))
        for kind, table, name, sql in machine.rows(SQLITE)
    }


def _plain(value: object) -> str:
    """Without the casts of a condition, which are others once it has been read from a dump."""
    return re.sub(r"::(text|character varying)(\[\])?|[()]", "", str(value))


def _parts(sql: str) -> list[str]:
    """The columns of a table, and what else it says."""
    head, _, body = sql.partition("(")
    return [head, *re.split(r', (?=")', body.strip().removesuffix(")"))]
