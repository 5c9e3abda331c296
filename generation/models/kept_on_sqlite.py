"""The triggers of kept seconds on SQLite, where each knows one row."""

# ruff: noqa: S608 (all names are our own)

from .kept import MARKS
from .kept_sql import DAILY, DONE, RESULT, SUBJECT, TABLES, TASK, keep, release
from .ledger import DailyTotal


def triggers() -> dict[str, tuple[str, str]]:
    found = {}

    def add(name: str, table: str, what: str, *does: str) -> None:
        sql = f"CREATE TRIGGER {name} AFTER {what} BEGIN {'; '.join(does)}; END"
        found[name] = table, sql

    fresh, gone = keep("t.id = NEW.task_id", "sqlite"), release("task_id = OLD.task_id")
    for model, only in MARKS:
        table, short = model._meta.db_table, model.__name__.lower()
        add(f"kept_in_{short}", table, f"INSERT ON {table}", fresh)
        add(f"kept_out_{short}", table, f"DELETE ON {table}", gone)
        if only:
            add(
                f"kept_other_{short}", table, f"UPDATE OF {', '.join(only)} ON {table}", gone, fresh
            )
    ended = f"UPDATE OF state ON {TASK} WHEN NEW.state = '{DONE}'"
    add("kept_in_task", TASK, ended, keep("t.id = NEW.id", "sqlite"))
    add("kept_in_result", RESULT, f"INSERT ON {RESULT}", *_sums("NEW", "+"))
    add("kept_out_result", RESULT, f"DELETE ON {RESULT}", *_sums("OLD", "-"))
    return found


def _sums(row: str, sign: str) -> list[str]:
    """One statement for each table of the roll-up, on SQLite, where triggers know one row."""
    found = []
    rest = " AND ".join(f"{name} = {row}.{name}" for name in ("user_id", "key", "model"))
    for table, by_month, by_subject in TABLES:
        day = f"strftime('%Y-%m-01', {row}.day)" if by_month else f"{row}.day"
        where = f"day = {day} AND {rest}"
        if by_subject:
            named = f"SELECT handle FROM {SUBJECT} WHERE task_id = {row}.task_id"
            where = f"{where} AND handle IN ({named})"
        if table is DailyTotal:
            kind = f"SELECT kind FROM {DAILY} WHERE {where}"
            where = f"day = {row}.day AND key = {row}.key AND kind = ({kind})"
        sql = f"UPDATE {table._meta.db_table} SET kept = kept {sign} {row}.milliseconds"
        found.append(f"{sql} WHERE {where}")
    return found
