"""The places of the texts that contain all of some patterns, asked of the database's own index."""

from django.db import connection

from generation.models.words import TaskWords
from generation.models.words_index import INDEX

LEAST, GREATEST = -(2**63), 2**63 - 1


def matching(patterns: list[str], low: int, high: int, *, down: bool, most: int) -> list[int]:
    if low > high:
        return []
    if connection.vendor == "sqlite":
        return _by_fts5(patterns, low, high, down=down, most=most)
    rows = TaskWords.objects.filter(place__gte=low, place__lte=high)
    for pattern in patterns:
        rows = rows.filter(text__contains=pattern)
    rows = rows.order_by("-place" if down else "place")
    return list(rows.values_list("place", flat=True)[:most])


def _by_fts5(patterns: list[str], low: int, high: int, *, down: bool, most: int) -> list[int]:
    quoted = " AND ".join('"' + pattern.replace('"', '""') + '"' for pattern in patterns)
    # The order of FTS5 itself: it stops at the last one that is asked for.
    order = "DESC" if down else "ASC"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s "  # noqa: S608
            f"AND rowid BETWEEN %s AND %s ORDER BY rowid {order} LIMIT %s",
            [quoted, low, high, most],
        )
        return [row[0] for row in cursor.fetchall()]
