"""Counts and amounts by day and by month: kept with each line of the ledger, in its transaction.

A row is only ever added to, by one statement: two writers never read each other's figures. All of
them hold the lock of the revision counter by then, so they come one after the other anyhow.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection, models

from generation.catalog import MODELS, ParameterKind
from generation.models import (
    DailyTotal,
    DailyUsage,
    MonthlySubjectUsage,
    MonthlyUsage,
    SubjectUsage,
    Task,
    TaskSubject,
)
from generation.models import ledger as tables
from generation.workers.prepared_queries import Rows

from .amounts import micros

State = Task.State
Figures = Mapping[str, int]
SUMS, MOST = tables.Figures.SUMS, tables.Figures.MOST
NAMES = (*SUMS, MOST)


@dataclass(frozen=True, slots=True)
class Row:
    """What the figures of a task are added to."""

    day: date
    user_id: int
    key: UUID
    key_label: str
    model: str

    @property
    def unique(self) -> tuple[date, int, UUID, str]:
        """Without the label, which a key may change."""
        return self.day, self.user_id, self.key, self.model


def end_of(task: Task, reserved: int, milliseconds: int) -> Figures:
    charge = task.charge
    unknown = charge is None
    wasted = task.state in (State.FAILED, State.LOST) and bool(charge)
    completed = task.state == State.COMPLETED
    compared = completed and bool(charge) and task.estimate is not None
    return {
        str(task.state): 1,
        "unknown": int(unknown),
        "unknown_held": reserved if unknown else 0,
        "wasted": int(wasted),
        "wasted_charge": micros(charge) if wasted else 0,
        "compared_estimate": micros(task.estimate) if compared else 0,
        "compared_charge": micros(charge) if compared else 0,
        "milliseconds": milliseconds if completed else 0,
    }


def difference(after: Figures, before: Figures) -> Figures:
    return {name: n - before.get(name, 0) for name, n in after.items()}


def add(row: Row, figures: Figures, handles: Iterable[str]) -> None:
    changed = {name: figures[name] for name in NAMES if figures.get(name)}
    if not changed:
        return
    of_key = {"key": row.key, "key_label": row.key_label, "kind": kind_of(row.model)}
    about = {**of_key, "user": row.user_id, "model": row.model}
    day, month = {"day": row.day}, {"day": row.day.replace(day=1)}
    _upsert(DailyTotal, day | of_key, changed)
    _upsert(DailyUsage, day | about, changed)
    _upsert(MonthlyUsage, month | about, changed)
    for handle in sorted(set(handles)):
        _upsert(SubjectUsage, {**day, **about, "handle": handle}, changed)
        _upsert(MonthlySubjectUsage, {**month, **about, "handle": handle}, changed)


def kind_of(model: str) -> str:
    return MODELS[model].output if model in MODELS else ""


def models_of(kind: str) -> list[str]:
    return [spec.id for spec in MODELS.values() if spec.output == kind]


_handles = Rows(lambda task: TaskSubject.objects.filter(task=task).values_list("handle", flat=True))


def handles_of(task: Task) -> list[str]:
    return _handles(task.pk) if _takes_subjects(task.model) else []


@lru_cache(maxsize=64)
def _takes_subjects(model: str) -> bool:
    spec = MODELS.get(model)
    return spec is None or any(p.kind is ParameterKind.SUBJECTS for p in spec.parameters)


def _upsert(table: type[tables.Figures], about: dict[str, Any], figures: Figures) -> None:
    """Adds them to the row; only what changes is named and bound."""
    sql, prepare = _statement(table, tuple(about), tuple(figures))
    values = [*about.values(), *figures.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            sql, [made(value, connection) for made, value in zip(prepare, values, strict=True)]
        )


@lru_cache(maxsize=256)
def _statement(
    model: type[tables.Figures], about: tuple[str, ...], figures: tuple[str, ...]
) -> "tuple[str, list[Callable[..., Any]]]":
    of_table: dict[str, Any] = {field.name: field for field in model._meta.concrete_fields}
    fields = [of_table[name] for name in (*about, *figures)]
    rest = [of_table[name].column for name in NAMES if name not in figures]
    (once,) = model._meta.constraints
    assert isinstance(once, models.UniqueConstraint)
    table = model._meta.db_table
    unique = ", ".join(of_table[name].column for name in once.fields)
    columns = [field.column for field in fields]
    changes = ", ".join(f"{name} = {merged(table, name)}" for name in figures)
    # All names are our models' own.
    sql = (
        f"INSERT INTO {table} ({', '.join(columns + rest)}) "  # noqa: S608
        f"VALUES ({', '.join(['%s'] * len(columns) + ['0'] * len(rest))}) "
        f"ON CONFLICT ({unique}) DO UPDATE SET {changes}"
    )
    return sql, [field.get_db_prep_save for field in fields]


def merged(table: str, name: str) -> str:
    here, more = f"{table}.{name}", f"excluded.{name}"
    return (
        f"CASE WHEN {more} > {here} THEN {more} ELSE {here} END"
        if name == MOST
        else f"{here} + {more}"
    )


def merge(into: dict[str, int], more: Figures) -> None:
    for name, n in more.items():
        into[name] = max(into.get(name, 0), n) if name == MOST else into.get(name, 0) + n
