"""What was spent: sums of the roll-up, by one or two of its dimensions.

Whole months are read from the rows of months, all other days from those of days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Sum, UUIDField, Value
from django.db.models.functions import Coalesce

from generation.models import (
    NO_KEY,
    CollectionItem,
    DailyTotal,
    DailyUsage,
    LedgerEntry,
    MonthlySubjectUsage,
    MonthlyUsage,
    SubjectUsage,
    Task,
    TaskSubject,
)
from generation.models.ledger import Figures

from .days import Days, whole_months
from .rollup import models_of

DIMENSIONS = {
    "member": "user",
    "key": "key",
    "model": "model",
    "kind": "kind",
    "day": "day",
    "subject": "handle",
}
CROSSED = ("charged", "held", "tasks", "kept")
CHARTED = ("charged", "tasks")
SHOWN = (
    *("tasks", "completed", "failed", "lost", "unknown", "wasted"),
    *("held", "charged", "unknown_held", "wasted_charge", "milliseconds", "kept"),
)
"""What the page says of days; every sum more costs a year of rows a few milliseconds."""

MOST_DAYS = 31
"""Days of which a table by day and another dimension speaks: the latest."""

Sums = dict[str, int]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which tasks are meant: those submitted on these days, of these, where one is named."""

    days: Days
    member: int | None = None
    key: UUID | None = None
    model: str = ""
    kind: str = ""
    subject: str = ""
    collection: UUID | None = None
    """For lists of tasks alone: the roll-up does not know it."""

    @property
    def given(self) -> dict[str, Any]:
        given = {"user": self.member, "key": self.key, "model": self.model, "kind": self.kind}
        given["handle"] = self.subject
        return {name: value for name, value in given.items() if value}

    def rows(self, table: type[Figures] = DailyUsage) -> QuerySet[Any]:
        table = SubjectUsage if self.subject else table
        found = table._default_manager.filter(day__gte=self.days.since, day__lte=self.days.until)
        return found.filter(**self.given)

    def tasks(self) -> Any:
        days = self.days
        return self.ever().filter(created_at__gte=days.begin, created_at__lt=days.end)

    def ever(self) -> Any:
        """The tasks of any day; kind is asked of the catalogue by its models."""
        found = Task.objects.all()
        if self.member:
            found = found.filter(owner=self.member)
        if self.key:
            lines = LedgerEntry.objects.filter(task=OuterRef("pk"), key=self.key)
            # As an expression: most tasks may have one key, of which the index would read them all.
            found = found.alias(of_key=Coalesce("key_id", Value(NO_KEY, UUIDField())))
            found = found.filter(Q(of_key=self.key) | Q(Exists(lines), of_key=NO_KEY))
        if self.model:
            found = found.filter(model=self.model)
        if self.kind:
            found = found.filter(model__in=models_of(self.kind))
        if self.subject:
            named = TaskSubject.objects.filter(task=OuterRef("pk"), handle=self.subject)
            found = found.filter(Exists(named))
        if self.collection:
            items = CollectionItem.objects.filter(collection=self.collection)
            found = found.filter(pk__in=items.values("task"))
        return found


def total(scope: Scope) -> Sums:
    return added(scope, (), SHOWN).get((), dict.fromkeys(SHOWN, 0))


def by_day(scope: Scope) -> dict[date, Sums]:
    return {day: sums for (day,), sums in added(scope, ("day",), CHARTED).items()}


def by_month(scope: Scope) -> dict[date, Sums]:
    """By day where a month is not whole, else by the first of the month."""
    found = added(scope, ("day",), CHARTED, months=True)
    return {day: sums for (day,), sums in found.items()}


def added(
    scope: Scope, by: Sequence[str], names: Sequence[str], *, months: bool | None = None
) -> dict[tuple[Any, ...], Sums]:
    """Sums by columns of the roll-up. With `months`, a day may be the first for its whole month."""
    of_subjects = "handle" in by or bool(scope.subject)
    wanted = {*by, *scope.given}
    pieces: list[QuerySet[Any]]
    if not of_subjects and wanted <= {"day", "key", "kind"}:
        pieces = [DailyTotal.objects.filter(within(scope.days))]
    else:
        daily, monthly = DAILY_AND_MONTHLY[of_subjects]
        whole = whole_months(scope.days) if months or "day" not in by else None
        rest = [scope.days] if whole is None else around(scope.days, whole)
        pieces = [daily._default_manager.filter(reduce(or_, map(within, rest)))] if rest else []
        if whole:
            pieces.append(monthly._default_manager.filter(within(whole)))
    sums = {f"sum_{name}": Sum(name) for name in names}
    found: dict[tuple[Any, ...], Sums] = {}
    for piece in pieces:
        rows = piece.filter(**scope.given).order_by().values(*by)
        # Without columns all of it is one row, with no sums if there is nothing.
        for row in rows.annotate(**sums) if by else [piece.filter(**scope.given).aggregate(**sums)]:
            cell = found.setdefault(tuple(row[name] for name in by), dict.fromkeys(names, 0))
            for name in names:
                cell[name] += int(row[f"sum_{name}"] or 0)
    return found


DAILY_AND_MONTHLY: dict[bool, tuple[type[Figures], type[Figures]]] = {
    False: (DailyUsage, MonthlyUsage),
    True: (SubjectUsage, MonthlySubjectUsage),
}


def within(days: Days) -> Q:
    return Q(day__gte=days.since, day__lte=days.until)


def around(days: Days, whole: Days) -> list[Days]:
    before = Days(days.since, whole.since - timedelta(days=1))
    after = Days(whole.until + timedelta(days=1), days.until)
    return [part for part in (before, after) if part.number > 0]


@dataclass(frozen=True, slots=True)
class Crossed:
    """Figures by the values of one or two dimensions; `labels` of keys as their tasks said.

    Where the cells are of the latest days alone, `whole` is what the other dimension's values
    have spent in the whole time, `whole_kept` what is kept of that, and `left_out` how many days
    have no cells.
    """

    cells: dict[tuple[Any, ...], Sums]
    labels: dict[UUID, str] = field(default_factory=dict)
    whole: dict[Any, int] = field(default_factory=dict)
    whole_kept: dict[Any, int] = field(default_factory=dict)
    left_out: int = 0


def crossed(scope: Scope, by: list[str]) -> Crossed:
    columns = [DIMENSIONS[name] for name in by]
    labels = key_labels(scope) if "key" in by else {}
    few = "day" not in by or set(by) <= {"day", "key", "kind"}
    latest = None if few else of_latest(scope)
    if latest is None:
        return Crossed(added(scope, columns, CROSSED), labels)
    other = [name for name in columns if name != "day"]
    of_all = added(scope, other, ("charged", "kept"))
    whole, kept = (
        {value: sums[name] for (value,), sums in of_all.items()} for name in ("charged", "kept")
    )
    left_out = scope.days.number - latest.number
    cells = added(replace(scope, days=latest), columns, CROSSED)
    return Crossed(cells, labels, whole, kept, left_out)


def key_labels(scope: Scope) -> dict[UUID, str]:
    rows = DailyTotal.objects.filter(within(scope.days)).values_list("key")
    return dict(rows.annotate(Max("key_label")))


def of_latest(scope: Scope) -> Days | None:
    """The days of which a table by day speaks, if there are more."""
    left_out = scope.days.number - MOST_DAYS
    since = scope.days.since + timedelta(days=max(0, left_out))
    return replace(scope.days, since=since) if left_out > 0 else None


def compared(scope: Scope) -> list[tuple[str, int, int]]:
    """Model, what its completed tasks were estimated at, and what they were charged."""
    sums = added(scope, ("model",), ("compared_estimate", "compared_charge"))
    found = [
        (model, figures["compared_estimate"], figures["compared_charge"])
        for (model,), figures in sums.items()
    ]
    return sorted(row for row in found if row[1] > 0)
