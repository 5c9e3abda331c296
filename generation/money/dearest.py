"""The tasks that cost most, of any range, narrowed in any way, without reading all of them.

Each row of the roll-up says what none of its tasks cost more than. So those that cost most are among
the few rows that say the most: first of months, then of their days.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import DecimalField, Q, QuerySet
from django.db.models.functions import Coalesce

from generation.models import Task

from .amounts import micros
from .days import month_of, whole_months
from .listed import CHARGED, within_day
from .reports import DAILY_AND_MONTHLY, Scope, around, within

ROWS = 40
"""Rows looked into at most. After that many were settled for less, all of the range is sorted."""

SHORT = 62
"""Days of which the rows are read without those of months before."""

COST = Coalesce("settled", "cost", output_field=DecimalField())


class Place(NamedTuple):
    """A row of the roll-up, as far as it says where its tasks are."""

    day: Any
    user: int
    model: str
    key: UUID
    most: int


def dearest(scope: Scope, number: int) -> list[Task]:
    """Those that cost most; what was settled counts before what the gateway told."""
    rows = number
    while rows <= ROWS:
        # One row more, to know what all others may have cost at most.
        *looked, next_most = [*_places(scope, rows + 1), None]
        if len(looked) > rows:
            next_most = looked.pop()
        found = _of_places(scope, looked, number)
        if next_most is None:
            return found
        if len(found) == number and micros(found[-1].charge) >= next_most.most:
            return found
        rows *= 4
    return _sorted(scope.tasks().filter(CHARGED), number)


def _sorted(tasks: QuerySet[Task], number: int) -> list[Task]:
    return list(tasks.select_related("owner").order_by(COST.desc(), "-created_at")[:number])


def _of_places(scope: Scope, places: list[Place], number: int) -> list[Task]:
    if not places:
        return []
    # All that narrows stands in each of the places: it must not be looked for elsewhere.
    each = [
        Q(owner=place.user, model=place.model) & within_day(place.day) & CHARGED for place in places
    ]
    some = replace(scope, member=None, model="", kind="").ever()
    return _sorted(some.filter(reduce(or_, each)), number)


def _places(scope: Scope, number: int) -> list[Place]:
    """Rows of days that say the most, at most so many."""
    daily, monthly = DAILY_AND_MONTHLY[bool(scope.subject)]
    whole = whole_months(scope.days) if scope.days.number > SHORT else None
    rest = [scope.days] if whole is None else around(scope.days, whole)
    found: list[Place] = []
    if whole:
        of_months = _most(monthly, scope, within(whole), number)
        if of_months:
            found += _most(daily, scope, _in_months(of_months), number)
    if rest:
        found += _most(daily, scope, reduce(or_, map(within, rest)), number)
    return sorted(found, key=lambda place: (place.most, place.day), reverse=True)[:number]


def _most(table: Any, scope: Scope, days: Q, number: int) -> list[Place]:
    rows = table._default_manager.filter(days, most__gt=0, **scope.given)
    rows = rows.order_by("-most", "-day").values_list(*Place._fields)
    return [Place(*row) for row in rows[:number]]


def _in_months(places: Iterable[Place]) -> Q:
    return reduce(
        or_,
        (
            within(month_of(place.day)) & Q(user=place.user, model=place.model, key=place.key)
            for place in places
        ),
    )
