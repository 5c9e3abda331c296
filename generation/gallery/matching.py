"""The places of the texts that contain all of some patterns, asked of the database's own index."""

from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet

from generation.models import Note, User, Visibility
from generation.models.words import TaskWords
from generation.models.words_index import INDEX

LEAST, GREATEST = -(2**63), 2**63 - 1

Asked = tuple[str, list[Any]]


def matching(
    patterns: list[str],
    low: int,
    high: int,
    *,
    down: bool,
    most: int,
    notes_of: User | None = None,
) -> list[int]:
    """With `notes_of`, also where that member's notes for themselves hold what the words do not."""
    if low > high:
        return []
    asked = [_in_words(patterns, low, high, down, most)]
    if notes_of is not None:
        asked.append(_in_notes(notes_of, patterns, low, high, down, most))
    parts = [f"SELECT * FROM ({sql}) part{at}" for at, (sql, _) in enumerate(asked)]  # noqa: S608
    values = [value for _, given in asked for value in given]
    order = "DESC" if down else "ASC"
    with connection.cursor() as cursor:
        # All names are our own, and all values are bound.
        cursor.execute(f"{' UNION '.join(parts)} ORDER BY 1 {order} LIMIT %s", [*values, most])
        return [row[0] for row in cursor.fetchall()]


def _in_words(patterns: list[str], low: int, high: int, down: bool, most: int) -> Asked:
    if connection.vendor == "sqlite":
        return _by_fts5(patterns, low, high, down, most)
    rows: QuerySet[Any] = TaskWords.objects.filter(place__gte=low, place__lte=high)
    for pattern in patterns:
        rows = rows.filter(text__contains=pattern)
    return _first(rows.values_list("place"), down, most)


def _in_notes(user: User, patterns: list[str], low: int, high: int, down: bool, most: int) -> Asked:
    """Read one by one: a member has written them by hand."""
    own = Note.objects.filter(member=user, visibility=Visibility.PRIVATE)
    rows = own.filter(task__words__place__gte=low, task__words__place__lte=high)
    for pattern in patterns:
        rows = rows.filter(Q(folded__contains=pattern) | Q(task__words__text__contains=pattern))
    return _first(rows.annotate(place=F("task__words__place")).values_list("place"), down, most)


def _first(rows: "QuerySet[Any, Any]", down: bool, most: int) -> Asked:
    sql, values = rows.order_by("-place" if down else "place")[:most].query.sql_with_params()
    return sql, list(values)


def _by_fts5(patterns: list[str], low: int, high: int, down: bool, most: int) -> Asked:
    quoted = " AND ".join('"' + pattern.replace('"', '""') + '"' for pattern in patterns)
    # The order of FTS5 itself: it stops at the last one that is asked for.
    order = "DESC" if down else "ASC"
    sql = (
        f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s "  # noqa: S608
        f"AND rowid BETWEEN %s AND %s ORDER BY rowid {order} LIMIT %s"
    )
    return sql, [quoted, low, high, most]
