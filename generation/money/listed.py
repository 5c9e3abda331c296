"""The tasks behind figures: looked for only on the days on which the roll-up has any."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Case, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from generation.models import DailyTotal, DailyUsage, SubjectUsage, Task, Visibility
from generation.models.ledger import Figures
from generation.models.reason import FREE

from .days import Days, begin_of, day_of
from .reports import Scope

WASTED = (Task.State.FAILED, Task.State.LOST)
CHARGED = Q(settled__gt=0) | Q(settled=None, cost__gt=0)

OPEN = Q(cost=None, settled=None, finished_at__isnull=False) & (
    Q(was_held=True) | (Q(sent_at__isnull=False) & ~Q(reason__in=FREE))
)

FIGURES = {
    "": F("tasks"),
    "open": F("unknown"),
    # Nobody counts those that were charged: about so many, where anything was.
    "charged": F("completed") + F("wasted"),
}
"""What counts the tasks of a list, if it is not called as the list."""

DENSE = 30
"""Tasks of a day that is read as a whole. Of other days each member's and model's are read."""

NONE = Q(pk__in=())
FAR = datetime(9999, 1, 1, tzinfo=UTC)

Place = tuple[datetime, UUID]


def narrowed(only: str) -> Q:
    match only:
        case "":
            return Q()
        case "charged":
            return CHARGED
        case "wasted":
            return CHARGED & Q(state__in=WASTED)
        case "open":
            return OPEN
        case "running":
            return Q(finished_at=None)
        case _:
            return Q(state=only)


def newest(scope: Scope, only: str, number: int, before: Place | None = None) -> list[Task]:
    """The newest tasks of a scope, below a place in that order."""
    if scope.collection:
        few = scope.tasks().filter(narrowed(only) & _below(before))
        return _loaded(_newest_of(few, number))
    if only == "running":
        return _loaded(_newest_of(_running(scope, before), number))
    found: list[UUID] = []
    until = day_of(before[0]) if before else scope.days.until
    while len(found) < number and (days := _days_of(scope, only, number - len(found), until)):
        left, until = number - len(found), min(days) - timedelta(days=1)
        if min(days.values()) > DENSE:
            for day in days:
                of_day = replace(scope, days=Days(day, day)).tasks()
                of_day = of_day.filter(narrowed(only) & _below(before))
                # In the order of the index, which is left as soon as there are enough.
                pks = of_day.order_by("-created_at", "-id").values_list("pk", flat=True)
                found += pks[: number - len(found)]
        else:
            some = replace(scope, member=None, model="", kind="").ever()
            some = some.filter(reduce(or_, _places(scope, only, days), NONE))
            # As one value: what narrows must not be looked for elsewhere than in the places.
            each = narrowed(only) & _below(before)
            if each:
                fits = Case(When(each, then=True), default=False, output_field=BooleanField())
                some = some.alias(fits=fits).filter(fits=True)
            found += _newest_of(some, left)
    return _loaded(found)


def _below(place: Place | None) -> Q:
    if place is None:
        return Q()
    at, pk = place
    return Q(created_at__lt=at) | Q(created_at=at, pk__lt=pk)


def _running(scope: Scope, before: Place | None) -> QuerySet[Task]:
    # Times as expressions, and what the index of tasks without an end names: so it is taken.
    tasks = scope.ever().alias(at=Coalesce("created_at", Value(FAR)))
    tasks = tasks.filter(at__gte=scope.days.begin, at__lt=scope.days.end, finished_at=None)
    tasks = tasks.filter(visibility__in=Visibility.values, state__in=Task.State.values)
    if before:
        tasks = tasks.filter(Q(at__lt=before[0]) | Q(at=before[0], pk__lt=before[1]))
    return tasks


def _newest_of(tasks: QuerySet[Task], number: int) -> list[UUID]:
    # By an expression: else databases follow the order of time through all that lies between.
    order = Coalesce("created_at", Value(FAR)).desc(), "-id"
    return list(tasks.order_by(*order).values_list("pk", flat=True)[:number])


def _loaded(pks: list[UUID]) -> list[Task]:
    found = Task.objects.select_related("owner").in_bulk(pks)
    return [found[pk] for pk in pks if pk in found]


def _days_of(scope: Scope, only: str, number: int, until: date) -> dict[date, int]:
    """The latest days that have about `number` of them, and how many each has."""
    of_all = scope.given.keys() <= {"key", "kind"}
    rows = _having(scope, only, DailyTotal if of_all else DailyUsage).filter(day__lte=until)
    counted = rows.values_list("day").annotate(n=Sum(_figure(only))).order_by("-day")
    found: dict[date, int] = {}
    for day, n in counted[:number]:
        found[day] = int(n)
        # Of the first day some may lie above the place where the list goes on.
        number -= int(n) if day != until else 0
        if number <= 0:
            break
    return found


def _having(scope: Scope, only: str, table: type[Figures]) -> QuerySet[Any]:
    name = {"": "tasks", "open": "unknown"}.get(only, only)
    return scope.rows(table).filter(**{f"{name}__gt": 0})


def _figure(only: str) -> Any:
    return FIGURES.get(only) or F(only)


def _places(scope: Scope, only: str, days: dict[date, int]) -> list[Q]:
    sparse = [day for day, n in days.items() if n <= DENSE]
    rows = _having(scope, only, SubjectUsage if scope.subject else DailyUsage)
    rows = rows.filter(day__in=sparse).values_list("day", "user", "model").distinct()
    return [
        *(within_day(day) for day in days.keys() - set(sparse)),
        *(within_day(day) & Q(owner=user, model=model) for day, user, model in rows),
    ]


def within_day(day: date) -> Q:
    return Q(created_at__gte=begin_of(day), created_at__lt=Days(day, day).end)
