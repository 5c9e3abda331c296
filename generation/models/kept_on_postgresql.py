"""The triggers of kept seconds on PostgreSQL: once for all rows of a statement."""

# ruff: noqa: S608 (all names are our own)

from .kept import MARKS
from .kept_sql import DAILY, DONE, LOCK, RESULT, SUBJECT, TABLES, TASK, keep, release
from .ledger import DailyTotal

FUNCTION = "generation_kept"


def triggers() -> dict[str, tuple[str, str]]:
    found = {}

    def add(name: str, table: str, what: str, does: str) -> None:
        sql = f"CREATE OR REPLACE TRIGGER {name} AFTER {what} EXECUTE FUNCTION {FUNCTION}_{does}()"
        found[name] = table, sql

    new = "REFERENCING NEW TABLE AS changed FOR EACH STATEMENT"
    old = "REFERENCING OLD TABLE AS changed FOR EACH STATEMENT"
    for model, only in MARKS:
        table, short = model._meta.db_table, model.__name__.lower()
        add(f"kept_in_{short}", table, f"INSERT ON {table} {new}", "marked")
        add(f"kept_out_{short}", table, f"DELETE ON {table} {old}", "marked")
        if only:
            add(f"kept_other_{short}", table, f"UPDATE ON {table} {new}", "marked")
    ended = f"FOR EACH ROW WHEN (NEW.state = '{DONE}' AND OLD.state <> NEW.state)"
    add("kept_in_task", TASK, f"UPDATE OF state ON {TASK} {ended}", "ended")
    add("kept_in_result", RESULT, f"INSERT ON {RESULT} {new}", "summed")
    add("kept_out_result", RESULT, f"DELETE ON {RESULT} {old}", "summed")
    return found


def _all_sums() -> str:
    """The same for many rows at once, as `changed`, on PostgreSQL."""
    found = []
    for table, by_month, by_subject in TABLES:
        by = ["day", "user_id", "key", "model", *(["handle"] if by_subject else [])]
        rows, columns = "changed c", dict.fromkeys(by, "c.")
        columns |= {"handle": "h."} if by_subject else {}
        if by_subject:
            named = f"SELECT DISTINCT task_id, handle FROM {SUBJECT}"
            rows += f" JOIN ({named} WHERE task_id IN (SELECT task_id FROM changed)) h"
            rows += " ON h.task_id = c.task_id"
        if table is DailyTotal:
            same = " AND ".join(f"d.{name} = c.{name}" for name in by)
            rows += f" JOIN {DAILY} d ON {same}"
            columns = {"day": "c.", "key": "c.", "kind": "d."}
        asked = {name: f"{of}{name}" for name, of in columns.items()}
        if by_month:
            asked["day"] = "date_trunc('month', c.day::timestamp)::date"
        picked = ", ".join(f"{what} AS {name}" for name, what in asked.items())
        sums = (
            f"SELECT {picked}, SUM(c.milliseconds) * sign AS more FROM {rows} "
            f"GROUP BY {', '.join(asked.values())}"
        )
        same = " AND ".join(f"u.{name} = s.{name}" for name in asked)
        found.append(
            f"UPDATE {table._meta.db_table} u SET kept = u.kept + s.more FROM ({sums}) s WHERE {same}"
        )
    return "; ".join(found)


def _function(name: str, body: str, declare: str = "") -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {FUNCTION}_{name} LANGUAGE plpgsql AS "
        f"$$ {declare} BEGIN {body} END $$"
    )


FUNCTIONS = (
    _function(
        "renew(tasks uuid[]) RETURNS void",
        f"IF cardinality(tasks) = 0 THEN RETURN; END IF; {LOCK}; "
        f"{release('task_id = ANY (tasks)')}; {keep('t.id = ANY (tasks)', 'postgresql')};",
    ),
    _function(
        "marked() RETURNS trigger",
        f"PERFORM {FUNCTION}_renew(ARRAY(SELECT DISTINCT task_id FROM changed)); RETURN NULL;",
    ),
    _function(
        "ended() RETURNS trigger",
        f"PERFORM {FUNCTION}_renew(ARRAY[NEW.id]); RETURN NULL;",
    ),
    _function(
        "summed() RETURNS trigger",
        f"{_all_sums()}; RETURN NULL;",
        "DECLARE sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;",
    ),
)
