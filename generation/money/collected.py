"""What was spent on the results of collections, and what of it is kept: of their tasks' own lines and
lengths, as a collection is small.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from generation.models import Collection, KeptResult, LedgerEntry

from .amounts import micros
from .days import team_zone
from .reports import Crossed, Scope
from .rollup import kind_of, models_of

Kind = LedgerEntry.Kind
Visible = QuerySet[Collection]
MICRO = Decimal("0.000001")
COLUMNS: dict[str, Any] = {
    "member": F("user"),
    "key": F("key"),
    "model": F("model"),
    "kind": F("model"),
    "subject": F("task__subjects__handle"),
    "collection": F("task__collected__collection"),
}
"""Of lines and of lengths alike."""


def crossed(scope: Scope, by: Sequence[str], visible: Visible) -> Crossed:
    """As reports.crossed, with `collection` among `by`; a task in several counts for each of them."""
    made = {"task__created_at__gte": scope.days.begin, "task__created_at__lt": scope.days.end}
    lines = _narrowed(LedgerEntry.objects.filter(**made), scope, by, visible)
    labels = dict(lines.order_by().values_list("key", "key_label")) if "key" in by else {}
    columns = {f"by_{name}": _column(name) for name in by}
    # Each task has one line with its estimate.
    sums = {
        kind: Sum("amount", filter=Q(kind=kind), default=0)
        for kind in (Kind.CHARGED, Kind.RESERVED, Kind.RELEASED)
    }
    rows = lines.order_by().annotate(**columns).values(*columns)
    cells: dict[tuple[Any, ...], dict[str, int]] = {}
    for row in rows.annotate(tasks=Count("pk", filter=Q(kind=Kind.ESTIMATE)), **sums):
        place = tuple(_shown(name, row[f"by_{name}"]) for name in by)
        cell = cells.setdefault(place, {"charged": 0, "held": 0, "tasks": 0, "kept": 0})
        charged, reserved, released = (_micros(row[kind]) for kind in sums)
        cell["charged"] += charged
        cell["held"] += reserved - released
        cell["tasks"] += row["tasks"]
    for place, kept in _kept(scope, by, visible).items():
        cells[place]["kept"] = kept
    return Crossed(cells, labels)


def _kept(scope: Scope, by: Sequence[str], visible: Visible) -> dict[tuple[Any, ...], int]:
    """Milliseconds: what is in a collection is kept."""
    days = (scope.days.since, scope.days.until)
    found = _narrowed(KeptResult.objects.filter(day__range=days), scope, by, visible)
    columns = {f"by_{name}": F("day") if name == "day" else COLUMNS[name] for name in by}
    rows: QuerySet[Any] = found.order_by().annotate(**columns).values(*columns)
    kept: dict[tuple[Any, ...], int] = {}
    for row in rows.annotate(all=Sum("milliseconds")):
        place = tuple(_shown(name, row[f"by_{name}"]) for name in by)
        kept[place] = kept.get(place, 0) + row["all"]
    return kept


def _narrowed(
    rows: QuerySet[Any], scope: Scope, by: Sequence[str], visible: Visible
) -> QuerySet[Any]:
    """Lines or lengths of what is in those collections; both know member, key and model."""
    given = {"user": scope.member, "key": scope.key, "model": scope.model}
    found = rows.filter(task__collected__collection__in=visible.order_by())
    found = found.filter(**{name: value for name, value in given.items() if value})
    if scope.kind:
        found = found.filter(model__in=models_of(scope.kind))
    if "subject" in by or scope.subject:
        # In one filter: each one more would be a join of its own.
        name, value = ("handle", scope.subject) if scope.subject else ("isnull", False)
        found = found.filter(**{f"task__subjects__{name}": value})
    return found


def _micros(amount: Any) -> int:
    # SQLite adds up as floating point.
    return micros(Decimal(amount).quantize(MICRO))


def _column(name: str) -> Any:
    if name == "day":
        return TruncDate("task__created_at", tzinfo=team_zone())
    return COLUMNS[name]


def _shown(name: str, value: Any) -> Any:
    return kind_of(value) if name == "kind" else value
