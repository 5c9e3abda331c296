"""The rail of days, months and years beside a gallery."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.utils.formats import date_format

from generation.gallery.filters import Filters, Sort
from generation.gallery.periods import Period


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the rail leads: `since` is the first day of it."""

    label: str
    name: str
    query: str
    since: date
    size: str


def stops(filters: Filters, periods: Iterable[Period]) -> list[Stop]:
    """A day says its month when it is the first one."""
    found: list[Stop] = []
    for one in periods:
        if one.size == "day":
            label = str(one.first.day) if found else date_format(one.first, "M j")
        else:
            label = date_format(one.first, "M" if one.size == "month" else "Y")
        name = date_format(one.first, {"day": "j F Y", "month": "F Y", "year": "Y"}[one.size])
        oldest = filters.sort is Sort.OLDEST
        edge = {"after": str(one.first)} if oldest else {"before": str(one.last)}
        query = urlencode({**filters.values, **edge})
        found.append(Stop(label, name, query, one.first, one.size))
    return found
