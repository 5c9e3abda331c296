"""Full text: the tasks whose words contain all that is searched for, in the order of the gallery."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import connection
from django.db.models.expressions import RawSQL

from generation.models import Task, User
from generation.models.task import TaskQuerySet
from generation.models.words import moment_of, patterns_of, place_of

from .filters import Filters
from .matching import GREATEST, LEAST, matching
from .places import LOWEST, Place, begin_of
from .sources import fitting

ROUNDS = (240, 2_400, 10_000)
"""Matches that are looked at, until there are enough of them with the other filters too."""


@dataclass(frozen=True, slots=True)
class Found:
    """`further` is where to look on, when too much matches and too little of it is asked for."""

    places: list[Place]
    further: Place | None = None


def search(user: User, filters: Filters, edge: Place | None, *, down: bool, most: int) -> Found:
    patterns = patterns_of(filters.q)
    if not patterns:
        return Found([])
    low, high = _bounds(filters)
    if edge is not None and down:
        high = min(high, place_of(*edge) - 1)
    elif edge is not None:
        low = max(low, place_of(*edge) + 1)
    others = replace(filters, q="")
    found: list[Place] = []
    for limit in ROUNDS:
        places = matching(patterns, low, high, down=down, most=limit, notes_of=user)
        if not places:
            return Found(found)
        rows = fitting(user, others, Task.objects.filter(words__place__in=_as_one(places)))
        found += sorted(rows.values_list("created_at", "id"), reverse=down)
        if len(found) >= most or len(places) < limit:
            return Found(found[:most])
        low, high = (low, places[-1] - 1) if down else (places[-1] + 1, high)
    return Found(found, moment_of(places[-1]))


def _as_one(places: list[int]) -> RawSQL:
    """As one value, of which databases make rows: ten thousand take longer to be read than found."""
    if connection.vendor == "sqlite":
        return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(places)])
    return RawSQL("SELECT unnest(%s::bigint[])", [places])


def _bounds(filters: Filters) -> tuple[int, int]:
    low, high = LEAST, GREATEST
    if filters.since:
        low = max(low, place_of(begin_of(filters.since), LOWEST))
    if filters.until:
        end = place_of(begin_of(filters.until + timedelta(days=1)), LOWEST) - 1
        high = min(high, end)
    return max(low, LEAST), min(max(high, LEAST), GREATEST)


def newest(user: User, filters: Filters, most: int) -> TaskQuerySet:
    """The newest tasks whose words match, whoever may see them."""
    patterns, (low, high) = patterns_of(filters.q), _bounds(filters)
    places = matching(patterns, low, high, down=True, most=most, notes_of=user) if patterns else []
    return Task.objects.filter(words__place__in=places)
