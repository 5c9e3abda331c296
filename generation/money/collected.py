"""What was spent on the results of collections, and what of it is kept: of the figures that each item
has of its task, as a collection is small.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from generation.models import Collection, CollectionItem

from .reports import CROSSED, Crossed, Scope, Sums, key_labels, of_latest
from .rollup import kind_of, models_of

Visible = QuerySet[Collection]
COLUMNS = {
    "member": "user",
    "key": "key",
    "model": "model",
    "kind": "model",
    "day": "day",
    "subject": "task__subjects__handle",
    "collection": "collection",
}


def crossed(scope: Scope, by: Sequence[str], visible: Visible) -> Crossed:
    """As reports.crossed, with `collection` among `by`; a task in several counts for each of them."""
    labels = key_labels(scope) if "key" in by else {}
    latest = of_latest(scope) if "day" in by else None
    if latest is None:
        return Crossed(_cells(scope, by, visible), labels)
    of_all = _cells(scope, ["collection"], visible)
    whole, kept = (
        {value: sums[name] for (value,), sums in of_all.items()} for name in ("charged", "kept")
    )
    left_out = scope.days.number - latest.number
    cells = _cells(replace(scope, days=latest), by, visible)
    return Crossed(cells, labels, whole, kept, left_out)


def _cells(scope: Scope, by: Sequence[str], visible: Visible) -> dict[tuple[Any, ...], Sums]:
    columns = {f"by_{name}": F(COLUMNS[name]) for name in by}
    rows: QuerySet[Any] = _narrowed(scope, by, visible).order_by().annotate(**columns)
    sums = {f"sum_{name}": Sum(name) for name in CROSSED if name != "tasks"}
    found: dict[tuple[Any, ...], Sums] = {}
    for row in rows.values(*columns).annotate(sum_tasks=Count("pk"), **sums):
        place = tuple(_shown(name, row[f"by_{name}"]) for name in by)
        cell = found.setdefault(place, dict.fromkeys(CROSSED, 0))
        for name in CROSSED:
            cell[name] += row[f"sum_{name}"]
    return found


def _narrowed(scope: Scope, by: Sequence[str], visible: Visible) -> QuerySet[CollectionItem]:
    days = Q(day__gte=scope.days.since, day__lte=scope.days.until)
    found = CollectionItem.objects.filter(days, collection__in=visible.order_by())
    given = {"user": scope.member, "key": scope.key, "model": scope.model}
    found = found.filter(**{name: value for name, value in given.items() if value})
    if scope.kind:
        found = found.filter(model__in=models_of(scope.kind))
    if "subject" in by or scope.subject:
        # In one filter: each one more would be a join of its own.
        name, value = ("handle", scope.subject) if scope.subject else ("isnull", False)
        found = found.filter(**{f"task__subjects__{name}": value})
    return found


def _shown(name: str, value: Any) -> Any:
    return kind_of(value) if name == "kind" else value
