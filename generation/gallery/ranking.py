"""Galleries that go by a figure: one's own stars, or what a task cost. Of equals the newest is first."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import (
    DecimalField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from generation.models import Rating, Task, User
from generation.models.task_indexes import price_of

from .alike import alike
from .filters import Filters, Sort
from .places import Ranked
from .search import newest
from .sources import Source, feed_sources, fitting, rated, sources

MOST = 5_000
"""Of what is put in order here, as no index has it by that figure: the newest ones."""

Names = tuple[str, str, str]

NONE = Decimal(0)
"""Stars of what the member has given none."""


def places(
    user: User, filters: Filters, edge: Ranked | None, *, down: bool, most: int
) -> list[Ranked]:
    """Highest first below `edge`, or lowest first above it."""
    few = _few(user, filters)
    if few is not None:
        near = [one for one in few if edge is None or (one < edge if down else one > edge)]
        return sorted(near, reverse=down)[:most]
    if filters.sort is Sort.RATING:
        return _by_stars(user, filters, edge, down=down, most=most)
    found: set[Ranked] = set()
    for source in feed_sources(user, filters):
        rows = source.rows.annotate(rank=price_of())
        found.update(_first(_beyond(rows, ("rank", "created_at", "id"), edge, down=down), most))
    return sorted(found, reverse=down)[:most]


def _beyond(
    rows: "QuerySet[Any]", names: Names, edge: Ranked | None, *, down: bool
) -> "list[QuerySet[Any, Any]]":
    """One after the other: first what is equal to `edge`, as else all equals before it were read anew."""
    rank, at, pk = names
    sign, side, past = ("-", "lt", "gte") if down else ("", "gt", "lte")
    ordered = rows.order_by(*(f"{sign}{name}" for name in names)).values_list(*names)
    if edge is None:
        return [ordered]
    equal = ordered.filter(**{rank: edge[0], f"{at}__{side}e": edge[1]})
    equal = equal.exclude(**{at: edge[1], f"{pk}__{past}": edge[2]})
    return [
        equal.order_by(f"{sign}{at}", f"{sign}{pk}"),
        ordered.filter(**{f"{rank}__{side}": edge[0]}),
    ]


def _first(parts: "list[QuerySet[Any, Any]]", most: int) -> list[Any]:
    found: list[Any] = []
    for part in parts:
        if len(found) < most:
            found += part[: most - len(found)]
    return found


def _by_stars(
    user: User, filters: Filters, edge: Ranked | None, *, down: bool, most: int
) -> list[Ranked]:
    """The member's own stars, and behind them, newest first, what they have given none."""
    found: list[Ranked] = []
    for part in (_with_stars, _without) if down else (_without, _with_stars):
        if len(found) < most:
            found += part(user, filters, edge, down=down, most=most - len(found))
    return found


def _with_stars(
    user: User, filters: Filters, edge: Ranked | None, *, down: bool, most: int
) -> list[Ranked]:
    if edge is not None and edge[0] == NONE:
        if down:
            return []
        edge = None
    names = ("stars", "made_at", "task_id")
    rows = _first(_beyond(rated(user, filters), names, edge, down=down), most)
    return [(Decimal(stars), at, pk) for stars, at, pk in rows]


def _without(
    user: User, filters: Filters, edge: Ranked | None, *, down: bool, most: int
) -> list[Ranked]:
    if filters.rating or (edge is not None and edge[0] != NONE and not down):
        return []
    begin = edge[1:] if edge is not None and edge[0] == NONE else None
    given = Rating.objects.filter(member=user)
    found: set[tuple[datetime, UUID]] = set()
    for source in sources(user, filters):
        rows = source.rows.filter(~Exists(given.filter(task=OuterRef(source.pk))))
        near = Source(rows, source.at, source.pk).places(begin, down=down)[:most]
        found.update(near)
    return [(NONE, at, pk) for at, pk in sorted(found, reverse=down)[:most]]


def _few(user: User, filters: Filters) -> list[Ranked] | None:
    """All of them, when they are found in another way than by the figure; None when they are not."""
    like, searched = alike(filters), bool(filters.q) and not filters.is_marked
    if like is not None:
        return _ranked(fitting(user, filters, Task.objects.filter(pk__in=like)), user, filters)
    if searched:
        tasks = newest(user, filters, MOST)
        return _ranked(fitting(user, replace(filters, q=""), tasks), user, filters)
    # Hardly anything else has cost something: in the order of costs they are all at the end.
    is_rare = bool(filters.state) and filters.state != Task.State.COMPLETED
    if filters.sort is Sort.COST and (filters.is_marked or is_rare):
        return list(_newest_of(sources(user, filters)))
    return None


def _ranked(tasks: "QuerySet[Any]", user: User, filters: Filters) -> list[Ranked]:
    rank = price_of() if filters.sort is Sort.COST else _stars(user)
    return list(tasks.annotate(rank=rank).values_list("rank", "created_at", "id"))


def _newest_of(parts: list[Source]) -> Iterator[Ranked]:
    found: set[Ranked] = set()
    for source in parts:
        rank = price_of("task__" if source.pk == "task_id" else "")
        rows = source.rows.annotate(rank=rank).order_by(f"-{source.at}")
        found.update(rows.values_list("rank", source.at, source.pk)[:MOST])
    return iter(found)


def _stars(user: User) -> Any:
    given = Rating.objects.filter(member=user, task=OuterRef("pk")).values("stars")
    stars = ExpressionWrapper(Subquery(given), output_field=DecimalField())
    return Coalesce(stars, Value(0), output_field=DecimalField())
