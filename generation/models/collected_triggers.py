"""What keeps the figures of a collection's items in step with the money and the lengths of their tasks.

Each is written anew from the lines of its task, so it does not matter which trigger comes first. They
are put up and taken down with those of kept seconds (kept_triggers.py).
"""

# ruff: noqa: S608 (all names are our own)

from .collection import CollectionItem
from .kept_sql import LOCK, RESULT, TASK, day_of, key_of
from .ledger import LedgerEntry

ITEM, LINE = CollectionItem._meta.db_table, LedgerEntry._meta.db_table
COLUMNS = "day, user_id, key, model, charged, held, kept"
FUNCTION = "generation_collected"
HELD = "CASE l.kind WHEN 'reserved' THEN l.amount WHEN 'released' THEN -l.amount ELSE 0 END"


def _sum(what: str) -> str:
    # SQLite adds up as floating point.
    micros = f"CAST(ROUND(COALESCE(SUM({what}), 0) * 1000000) AS bigint)"
    return f"(SELECT {micros} FROM {LINE} l WHERE l.task_id = t.id)"


def renew(which: str, vendor: str) -> str:
    """Writes the figures of those items."""
    charged = _sum("CASE l.kind WHEN 'charged' THEN l.amount ELSE 0 END")
    kept = f"COALESCE((SELECT r.milliseconds FROM {RESULT} r WHERE r.task_id = t.id), 0)"
    return (
        f"UPDATE {ITEM} SET ({COLUMNS}) = (SELECT {day_of(vendor)}, t.owner_id, {key_of(vendor)}, "
        f"t.model, {charged}, {_sum(HELD)}, {kept} FROM {TASK} t WHERE t.id = {ITEM}.task_id) "
        f"WHERE {which}"
    )


def on_sqlite() -> dict[str, tuple[str, str]]:
    found = {}
    for name, table, what, which in (
        ("in_item", ITEM, "INSERT ON {}", "id = NEW.id"),
        ("in_line", LINE, "INSERT ON {} WHEN NEW.kind <> 'estimate'", "task_id = NEW.task_id"),
        ("in_result", RESULT, "INSERT ON {}", "task_id = NEW.task_id"),
        ("out_result", RESULT, "DELETE ON {}", "task_id = OLD.task_id"),
    ):
        does = f"AFTER {what.format(table)} BEGIN {renew(which, 'sqlite')}; END"
        found[f"collected_{name}"] = table, f"CREATE TRIGGER collected_{name} {does}"
    return found


def on_postgresql() -> dict[str, tuple[str, str]]:
    """Once for all rows of a statement."""
    found = {}
    new, old = (f"REFERENCING {rows} TABLE AS changed" for rows in ("NEW", "OLD"))
    for name, table, when, rows, does in (
        ("in_item", ITEM, "AFTER INSERT", new, "added"),
        # Before its rows are held: else who books money, and holds the counter, might wait for them.
        ("out_item", ITEM, "BEFORE DELETE", "", "leaving"),
        ("in_line", LINE, "AFTER INSERT", new, "booked"),
        ("in_result", RESULT, "AFTER INSERT", new, "kept"),
        ("out_result", RESULT, "AFTER DELETE", old, "kept"),
    ):
        sql = f"CREATE OR REPLACE TRIGGER collected_{name} {when} ON {table} {rows} FOR EACH STATEMENT"
        found[f"collected_{name}"] = table, f"{sql} EXECUTE FUNCTION {FUNCTION}_{does}()"
    return found


def _function(name: str, body: str) -> str:
    head = f"CREATE OR REPLACE FUNCTION {FUNCTION}_{name}() RETURNS trigger LANGUAGE plpgsql AS"
    return f"{head} $$ BEGIN {body} RETURN NULL; END $$"


def _all(column: str, of: str = "changed") -> str:
    return renew(f"{column} = ANY (ARRAY(SELECT DISTINCT {column} FROM {of}))", "postgresql")


MOVED = "changed WHERE kind <> 'estimate'"
FUNCTIONS = (
    _function("added", f"{LOCK}; {_all('id')};"),
    _function("leaving", f"{LOCK};"),
    _function("booked", f"{_all('task_id', MOVED)};"),
    _function("kept", f"{_all('task_id')};"),
)
