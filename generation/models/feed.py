"""The revision counter behind the live page."""

from django.db import connection
from django.db.models import F

from .counter import Counter, CounterName

TAKE = (
    f"UPDATE {Counter._meta.db_table} SET value = value + %s "  # noqa: S608
    f"WHERE name = '{CounterName.REVISION}' RETURNING value"
)


def next_revision(count: int = 1) -> int:
    """Takes `count` revisions and returns the last; call inside atomic(), before touching a task.

    The row stays locked until the transaction ends, so revisions become visible in the order
    of their numbers: a reader who has seen N has missed nothing below N. Taking it first,
    always, is what keeps two writers from waiting for each other crosswise.
    """
    revision = _take(count)
    if revision is None:
        Counter.objects.get_or_create(name=CounterName.REVISION)
        revision = _take(count)
    assert revision is not None
    return revision


def _take(count: int) -> int | None:
    """None if the row is not there yet. Every change of every task comes by here, so it is one
    statement where the database knows how (SQLite from 3.35 on).
    """
    if connection.features.can_return_columns_from_insert:
        with connection.cursor() as cursor:
            cursor.execute(TAKE, [count])
            row = cursor.fetchone()
        return row and int(row[0])
    found = Counter.objects.filter(name=CounterName.REVISION)
    found.update(value=F("value") + count)
    return found.values_list("value", flat=True).first()
