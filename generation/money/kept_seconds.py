"""How much of what has finished is kept (generation/models/kept.py), by the dimensions of reports.

Hearts, reviews, collections and downloads come and go long after a task has ended, so no roll-up holds
this: it is asked of the marks themselves. A year takes as much longer than a month as it has more of
them, and SQLite walks the completed tasks of that time.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, OuterRef, Subquery, Sum, UUIDField, Value
from django.db.models.functions import Coalesce, TruncDate

from generation.models import NO_KEY, LedgerEntry, Output, Task
from generation.models.kept import kept_between

from .collected import Visible
from .days import team_zone
from .reports import Scope
from .rollup import kind_of

COLUMNS: dict[str, Any] = {
    "member": F("owner"),
    "model": F("model"),
    "kind": F("model"),
    "subject": F("subjects__handle"),
    "collection": F("collected__collection"),
}


def kept_milliseconds(
    scope: Scope, by: Sequence[str] = (), visible: Visible | None = None
) -> dict[tuple[Any, ...], int]:
    """Of completed tasks, counted as the roll-up counts them: each task's length, rounded.

    A task with several subjects counts for each of them, and so it does with collections, of which
    those that are `visible` are meant.
    """
    days = scope.days
    tasks = scope.tasks().filter(
        state=Task.State.COMPLETED, pk__in=kept_between(days.begin, days.end)
    )
    if "subject" in by:
        # In one filter: each one more would be a join of its own.
        named = (
            {"subjects__handle": scope.subject} if scope.subject else {"subjects__isnull": False}
        )
        tasks = tasks.filter(**named)
    if "collection" in by:
        tasks = tasks.filter(collected__collection__in=visible)
    columns = {f"by_{name}": _column(name) for name in by}
    files = Output.objects.filter(task=OuterRef("pk")).order_by().values("task")
    length = Subquery(files.annotate(all=Sum("duration")).values("all"))
    # Lengths are few: so many tasks of one length are one row.
    rows = tasks.order_by().annotate(length=length, **columns).values(*columns, "length")
    found: dict[tuple[Any, ...], int] = {}
    for row in rows.annotate(number=Count("pk", distinct=True)):
        place = tuple(_shown(name, row[f"by_{name}"]) for name in by)
        milliseconds = round((row["length"] or 0) * 1000) * row["number"]
        found[place] = found.get(place, 0) + milliseconds
    return found


def _column(name: str) -> Any:
    match name:
        case "day":
            return TruncDate("created_at", tzinfo=team_zone())
        case "key":
            lines = LedgerEntry.objects.filter(task=OuterRef("pk"), kind="estimate").order_by("id")
            of_line = Subquery(lines.values("key")[:1], output_field=UUIDField())
            return Coalesce(of_line, "key_id", Value(NO_KEY, UUIDField()))
        case _:
            return COLUMNS[name]


def _shown(name: str, value: Any) -> Any:
    return kind_of(value) if name == "kind" else value
