"""Statements that write KeptResult: of what is kept and has no row yet, and of what is kept no more."""

# ruff: noqa: S608 (all names are our own)

from typing import Any

from django.db import connection

from .counter import Counter, CounterName
from .kept import MARKS
from .kept_result import KeptResult, TeamZone
from .ledger import (
    NO_KEY,
    DailyTotal,
    DailyUsage,
    Figures,
    LedgerEntry,
    MonthlySubjectUsage,
    MonthlyUsage,
    SubjectUsage,
)
from .output import Output
from .task import Task
from .task_input import TaskSubject

RESULT, TASK = KeptResult._meta.db_table, Task._meta.db_table
SUBJECT, DAILY = TaskSubject._meta.db_table, DailyUsage._meta.db_table
DONE = Task.State.COMPLETED.value
TABLES: tuple[tuple[type[Figures], bool, bool], ...] = (
    (DailyTotal, False, False),
    (DailyUsage, False, False),
    (MonthlyUsage, True, False),
    (SubjectUsage, False, True),
    (MonthlySubjectUsage, True, True),
)
"""The tables of the roll-up: whether by month, and whether by subject."""

COLUMNS = "task_id, day, user_id, key, model, milliseconds"
ZONE = f"COALESCE((SELECT name FROM {TeamZone._meta.db_table} LIMIT 1), 'UTC')"
SECONDS = f"SELECT SUM(o.duration) FROM {Output._meta.db_table} o WHERE o.task_id = t.id"
LENGTH = f"CAST(FLOOR(COALESCE(({SECONDS}), 0) * 1000 + 0.5) AS bigint)"
"""Half a millisecond counts as one: so generation/money/rebuild.py says too."""

BOOKED = (
    f"SELECT l.key FROM {LedgerEntry._meta.db_table} l "
    "WHERE l.task_id = t.id AND l.kind = 'estimate' ORDER BY l.id LIMIT 1"
)


# Whoever changes a task or money holds this row, so nobody ends a task while it is marked, and
# nobody waits for another one's rows crosswise.
LOCK = f"PERFORM 1 FROM {Counter._meta.db_table} WHERE name = '{CounterName.REVISION.value}' FOR UPDATE"


def day_of(vendor: str) -> str:
    """The day of the team on which a task, as `t`, was submitted."""
    if vendor == "sqlite":
        return f"django_datetime_cast_date(t.created_at, {ZONE}, 'UTC')"
    return f"timezone({ZONE}, t.created_at)::date"


def key_of(vendor: str) -> str:
    no_key = NO_KEY.hex if vendor == "sqlite" else f"{NO_KEY}"
    return f"COALESCE(({BOOKED}), t.key_id, '{no_key}')"


def is_kept(task: str) -> str:
    found = []
    for model, only in MARKS:
        more = "".join(f" AND m.{column} = '{value}'" for column, value in only.items())
        found.append(
            f"EXISTS (SELECT 1 FROM {model._meta.db_table} m WHERE m.task_id = {task}{more})"
        )
    return f"({' OR '.join(found)})"


def keep(which: str, vendor: str) -> str:
    """Writes the rows of those tasks, as `t`, that are kept and have none yet."""
    return (
        f"INSERT INTO {RESULT} ({COLUMNS}) SELECT {COLUMNS} FROM ("
        f"SELECT t.id AS task_id, {day_of(vendor)} AS day, t.owner_id AS user_id, {key_of(vendor)} AS key, "
        f"t.model AS model, {LENGTH} AS milliseconds FROM {TASK} t "
        f"WHERE {which} AND t.state = '{DONE}' AND {is_kept('t.id')} "
        f"AND NOT EXISTS (SELECT 1 FROM {RESULT} r WHERE r.task_id = t.id)"
        ") kept WHERE milliseconds > 0"
    )


def release(which: str) -> str:
    return f"DELETE FROM {RESULT} WHERE {which} AND NOT {is_kept(f'{RESULT}.task_id')}"


def fill(using: Any = connection) -> None:
    """Writes the rows that are missing of everything that is kept: a few seconds for a million tasks."""
    marked = " UNION ".join(f"SELECT task_id FROM {model._meta.db_table}" for model, _ in MARKS)
    with using.cursor() as cursor:
        cursor.execute(keep(f"t.id IN ({marked})", using.vendor))
