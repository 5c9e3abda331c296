"""The days, months and years of a gallery in which anything was made."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, Q
from django.utils import timezone

from generation.models import User

from .filters import Filters
from .places import begin_of
from .sources import sources

MOST_YEARS = 12


@dataclass(frozen=True, slots=True)
class Period:
    """`size` is day, month or year; from `first` to `last`, both of them too."""

    size: str
    first: date
    last: date


def periods(user: User, filters: Filters) -> list[Period]:
    """Newest first: the days of this month, then months, then years. Two queries, each by an index.

    Only whose tasks they are counts: a look for anything rarer would read whole months.
    """
    feeds = sources(user, Filters(whose=filters.whose, owner=filters.owner))
    begins = [
        feed.rows.order_by("created_at").values_list("created_at", flat=True) for feed in feeds
    ]
    oldest = min((at for begin in begins for at in begin[:1]), default=None)
    if oldest is None:
        return []
    asked = list(_all(timezone.localdate(), timezone.localtime(oldest).date()))
    there: dict[str, Any] = {}
    for number, one in enumerate(asked):
        span = Q(
            created_at__gte=begin_of(one.first),
            created_at__lt=begin_of(one.last + timedelta(days=1)),
        )
        made = Q()
        for feed in feeds:
            made |= Q(Exists(feed.rows.filter(span)))
        there[f"p{number}"] = made
    rows = User.objects.filter(username=user.username).annotate(**there)
    row = rows.values_list(*there).first() or ()
    return [one for one, some in zip(asked, row, strict=True) if some]


def _all(today: date, oldest: date) -> Iterator[Period]:
    day = today
    while day.month == today.month:
        yield Period("day", day, day)
        day -= timedelta(days=1)
    while day.year == today.year or (today - day).days < 366:
        first = day.replace(day=1)
        yield Period("month", first, day)
        day = first - timedelta(days=1)
    for year in range(day.year, max(oldest.year, day.year - MOST_YEARS) - 1, -1):
        yield Period("year", date(year, 1, 1), day)
        day = date(year, 1, 1) - timedelta(days=1)
