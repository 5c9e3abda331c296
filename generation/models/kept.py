"""Which results are kept: a favourite of anybody, approved, in a collection, or downloaded.

This is the one definition, whoever asks: of one task, as a condition, or for all of a time.
"""

from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from .collection import CollectionItem
from .download import Download
from .favourite import Favourite
from .review import Review, Verdict
from .task import Task


def marks() -> "tuple[QuerySet[Any], ...]":
    """Each of them keeps its task."""
    return (
        Favourite.objects.all(),
        Review.objects.filter(verdict=Verdict.APPROVED),
        CollectionItem.objects.all(),
        Download.objects.all(),
    )


def is_kept(task: Task) -> bool:
    return any(mark.filter(task=task).exists() for mark in marks())


def kept(task: str = "pk") -> Q:
    """The same for a query; `task` names the task where it is asked."""
    return reduce(or_, (Q(Exists(mark.filter(task=OuterRef(task)))) for mark in marks()))


def kept_between(begin: datetime, end: datetime) -> "QuerySet[Any]":
    """The ids of all kept tasks that were made then, as `task`, for a query of such tasks.

    It costs as much as there are marks of that time. Collections do not say when: all of theirs are in it.
    """
    then = {"made_at__gte": begin, "made_at__lt": end}
    dated = [mark.filter(**then) for mark in marks() if mark.model is not CollectionItem]
    found = [mark.order_by().values("task") for mark in (*dated, CollectionItem.objects.all())]
    return found[0].union(*found[1:])
