"""The roll-up of a made-up history: what each task would have added to it, added at once.

A copy has the figures of its pattern, and only its day is another one. So the tasks are read once, for
how many of each pattern there are a day; all else is a few thousand rows.
"""

# ruff: noqa: S608 (all names are our own)

from typing import Any

from django.db import connection

from generation.models import DailyTotal, KeptResult, Task, TaskSubject
from generation.models.collected_triggers import renew
from generation.models.kept_sql import TABLES, day_of
from generation.money import ledger, rollup

from .copies import Plan

FIGURES, DAYS, HANDLES = "fake_figures", "fake_days", "fake_handles"
SUMS = [name for name in rollup.SUMS if name != "kept"]


def add(plan: Plan) -> None:
    """In the transaction that has planted the marks, while no trigger adds what is kept."""
    _name(plan)
    with connection.cursor() as cursor:
        cursor.execute(_days(), _numbers(plan))
        for table, by_month, by_subject in TABLES:
            cursor.execute(_added(table, by_month, by_subject))
        cursor.execute(renew("day IS NULL", connection.vendor))
        for name in (FIGURES, DAYS, HANDLES):
            cursor.execute(f"DROP TABLE {name}")


def _name(plan: Plan) -> None:
    """The patterns by number: those that were copied first."""
    tasks = [*plan.patterns, *plan.alone]
    numbers = {task.pk: number for number, task in enumerate(tasks)}
    mine = Task.objects.filter(pk__in=numbers)
    key = "char(32)" if connection.vendor == "sqlite" else "uuid"
    sums = ", ".join(f"{name} bigint" for name in (*SUMS, rollup.MOST))
    about = f"user_id integer, key {key}, key_label text, model text, kind text"
    _fill(
        FIGURES,
        f"number integer PRIMARY KEY, {about}, {sums}",
        [_row(numbers[task.pk], task) for task in ledger.with_sums(mine).order_by()],
    )
    named = TaskSubject.objects.filter(task__in=numbers).values_list("task", "handle").distinct()
    handles = [(numbers[task], handle) for task, handle in named.order_by()]
    _fill(HANDLES, "number integer, handle text", handles)


def _row(number: int, task: Any) -> tuple[Any, ...]:
    booked = ledger.booked(task)
    figures = booked.figures()
    key = Task._meta.pk.get_db_prep_value(booked.key, connection)
    about = (task.owner_id, key, task.key_label, task.model, rollup.kind_of(task.model))
    return (number, *about, *(figures.get(name, 0) for name in (*SUMS, rollup.MOST)))


def _fill(table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {table} ({columns})")
        if rows:
            cursor.executemany(
                f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(rows[0]))})", rows
            )


def _days() -> str:
    """The days of each pattern and of its copies: how many, and how long what is kept of them is."""
    number = (
        "CASE WHEN t.born_revision < %s THEN (t.born_revision - %s) %% %s "
        "WHEN t.born_revision < %s THEN t.born_revision - %s ELSE t.born_revision - %s END"
    )
    return (
        f"CREATE TEMPORARY TABLE {DAYS} AS SELECT number, day, COUNT(*) AS tasks, "
        f"SUM(kept) AS kept FROM (SELECT {number} AS number, {day_of(connection.vendor)} AS day, "
        f"COALESCE(k.milliseconds, 0) AS kept FROM {Task._meta.db_table} t "
        f"LEFT JOIN {KeptResult._meta.db_table} k ON k.task_id = t.id "
        "WHERE t.born_revision BETWEEN %s AND %s) found GROUP BY number, day"
    )


def _numbers(plan: Plan) -> list[int]:
    """For the places in `_days`: copies come first, then those that have none, then the patterns."""
    copied, alone = len(plan.patterns), len(plan.alone)
    original = plan.first + plan.copies * copied
    begin = original + alone
    numbers = [original, plan.first, max(1, copied), begin, original - copied, begin]
    return [*numbers, plan.first, plan.last]


def _added(table: Any, by_month: bool, by_subject: bool) -> str:
    day = "d.day"
    if by_month:
        sqlite = connection.vendor == "sqlite"
        day = "strftime('%Y-%m-01', d.day)" if sqlite else "date_trunc('month', d.day)::date"
    place = {"day": day, "key": "f.key"}
    place |= {"kind": "f.kind"} if table is DailyTotal else {"user_id": "f.user_id"}
    if table is not DailyTotal:
        place["model"] = "f.model"
    if by_subject:
        place["handle"] = "h.handle"
    said = {name: f"MAX(f.{name})" for name in ("key_label", "kind") if name not in place}
    sums = {name: f"SUM(f.{name} * d.tasks)" for name in SUMS} | {"kept": "SUM(d.kept)"}
    sums[rollup.MOST] = f"MAX(f.{rollup.MOST})"
    columns, name = place | said | sums, table._meta.db_table
    handles = f"JOIN {HANDLES} h ON h.number = d.number" if by_subject else ""
    changes = ", ".join(f"{one} = {rollup.merged(name, one)}" for one in sums)
    # Without WHERE, SQLite would read ON CONFLICT as a part of the join.
    return (
        f"INSERT INTO {name} ({', '.join(columns)}) SELECT {', '.join(columns.values())} "
        f"FROM {DAYS} d JOIN {FIGURES} f ON f.number = d.number {handles} WHERE TRUE "
        f"GROUP BY {', '.join(place.values())} "
        f"ON CONFLICT ({', '.join(place)}) DO UPDATE SET {changes}"
    )
