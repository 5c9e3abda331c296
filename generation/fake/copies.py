"""Copies tasks with all that belongs to them inside the database: a million in minutes.

The statements are made from the models' own fields, so a new column is copied as it is. A copy
differs from its pattern in its ids, its times and its revision, and in what must be unique.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.models import Max

from generation.models import (
    LedgerEntry,
    Output,
    Task,
    TaskEvent,
    TaskImage,
    TaskSubject,
    TaskWords,
)
from generation.models.words import BITS

NUMBERED = "fake_pattern"
SUBJECT_IDS = "fake_subject"


class Dialect(Protocol):
    """What SQLite and PostgreSQL write differently; `copy` is the SQL name of a copy's number."""

    in_order: str

    def moved_id(self, column: str) -> str: ...
    def moved_time(self, column: str, seconds: str) -> str: ...


class _SQLite:
    in_order = ""

    def moved_id(self, column: str) -> str:
        return f"substr({column}, 1, 24) || printf('%%08x', c.copy)"

    def moved_time(self, column: str, seconds: str) -> str:
        return f"strftime('%%Y-%%m-%%d %%H:%%M:%%f', {column}, '-' || ({seconds}) || ' seconds')"


class _PostgreSQL:
    in_order = "ORDER BY c.copy, p.number, t.{pk}"

    def moved_id(self, column: str) -> str:
        return f"(left({column}::text, 28) || lpad(to_hex(c.copy), 8, '0'))::uuid"

    def moved_time(self, column: str, seconds: str) -> str:
        return f"{column} - make_interval(secs => {seconds})"


@dataclass(frozen=True, slots=True)
class Plan:
    """`patterns` in their order, `copies` of each, a `window` (seconds) further back each time.

    Copy 1 is the oldest; `first` is the revision of its first task. After the copies come those that
    are `alone`, then the patterns.
    """

    alone: Sequence[Task]
    patterns: Sequence[Task]
    copies: int
    window: int
    first: int

    @property
    def last(self) -> int:
        return self.first + (self.copies + 1) * len(self.patterns) + len(self.alone) - 1


class Copier:
    """Writes copies `low` to `high` of a plan, in one transaction a call."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._dialect: Dialect = _SQLite() if connection.vendor == "sqlite" else _PostgreSQL()
        self._first_subject = (TaskSubject.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
        self._subjects = 0

    def prepare(self) -> None:
        ids = [task.pk for task in self._plan.patterns]
        subjects = TaskSubject.objects.filter(task__in=ids).order_by("pk")
        self._subjects = self._number(SUBJECT_IDS, "bigint", [one.pk for one in subjects])
        prepared = Task._meta.pk.get_db_prep_value
        kind = "char(32)" if connection.vendor == "sqlite" else "uuid"
        self._number(NUMBERED, kind, [prepared(pk, connection) for pk in ids])

    @staticmethod
    def _number(table: str, kind: str, ids: list[Any]) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {table}")
            cursor.execute(
                f"CREATE TEMPORARY TABLE {table} (number integer PRIMARY KEY, id {kind})"
            )
            cursor.executemany(
                f"INSERT INTO {table} VALUES (%s, %s)",  # noqa: S608
                list(enumerate(ids)),
            )
            if connection.vendor == "postgresql":
                cursor.execute(f"ANALYZE {table}")
        return len(ids)

    def write(self, low: int, high: int) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for model in (Task, TaskSubject, TaskImage, TaskEvent, Output, LedgerEntry):
                cursor.execute(self._insert(model), [low, high])
            # A place may be taken, by a task of the same moment: it gets another one in the end.
            cursor.execute(f"{self._insert(TaskWords)} ON CONFLICT DO NOTHING", [low, high])

    def finish(self) -> None:
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), [TaskSubject]):
                cursor.execute(statement)
            for table in (NUMBERED, SUBJECT_IDS):
                cursor.execute(f"DROP TABLE {table}")

    def _insert(self, model: type[models.Model]) -> str:
        columns, values = [], []
        for field in model._meta.concrete_fields:
            value = self._value(model, field)
            if value is not None:
                columns.append(_quoted(field))
                values.append(value)
        task = "t.id" if model is Task else "t.task_id"
        subjects = ""
        if model in (TaskSubject, TaskImage):
            column = "t.id" if model is TaskSubject else "t.subject_id"
            subjects = f"LEFT JOIN {SUBJECT_IDS} s ON s.id = {column}"
        # SQLite reads in the order in which the tables stand here, as CROSS JOIN demands.
        return (
            "WITH RECURSIVE c(copy) AS "  # noqa: S608
            "(SELECT %s UNION ALL SELECT copy + 1 FROM c WHERE copy < %s) "
            f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) "
            f"SELECT {', '.join(values)} FROM c CROSS JOIN {NUMBERED} p "
            f"CROSS JOIN {model._meta.db_table} t {subjects} WHERE {task} = p.id "
            f"{self._dialect.in_order.format(pk=model._meta.pk.column)}"
        )

    def _value(self, model: type[models.Model], field: "models.Field[Any, Any]") -> str | None:
        """The SQL of a copy's column; None to let the database choose."""
        column = f"t.{_quoted(field)}"
        plan = self._plan
        back = f"({plan.copies + 1} - c.copy) * {plan.window}"
        if field.primary_key and isinstance(field, models.AutoField):
            return self._subject_id() if model is TaskSubject else None
        if field.related_model is TaskSubject:
            return f"CASE WHEN {column} IS NULL THEN NULL ELSE {self._subject_id()} END"
        if model is LedgerEntry and field.name == "key":
            return column
        if field.related_model is Task or (
            isinstance(field, models.UUIDField) and not field.is_relation
        ):
            return self._dialect.moved_id(column)
        if isinstance(field, models.DateTimeField):
            return self._dialect.moved_time(column, back)
        if field.name == "place":
            return f"{column} - {back} * {10**6 << BITS}"
        if field.name in ("revision", "born_revision"):
            return f"{plan.first} + (c.copy - 1) * {len(plan.patterns)} + p.number"
        if field.name == "remote_id":
            return f"CASE WHEN {column} = '' THEN '' ELSE {column} || '-' || c.copy END"
        return column

    def _subject_id(self) -> str:
        return f"{self._first_subject} + (c.copy - 1) * {self._subjects} + s.number"


def _quoted(field: "models.Field[Any, Any]") -> str:
    assert field.column
    return str(connection.ops.quote_name(field.column))
