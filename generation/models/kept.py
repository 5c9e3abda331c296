"""Which results are kept: a favourite of anybody, approved, in a collection, or downloaded.

This is the one definition, whoever asks: of one task, as a condition, or the triggers that follow it
(kept_triggers.py). The trash changes nothing: what was paid for and kept stays so.
"""

from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from .collection import CollectionItem
from .download import Download
from .favourite import Favourite
from .review import Review, Verdict
from .task import Task

MARKS: tuple[tuple[type[models.Model], dict[str, str]], ...] = (
    (Favourite, {}),
    (Review, {"verdict": Verdict.APPROVED.value}),
    (CollectionItem, {}),
    (Download, {}),
)
"""Tables of which each row keeps its task, and what it has to say for that."""


def marks() -> "tuple[QuerySet[Any], ...]":
    return tuple(model._default_manager.filter(**only) for model, only in MARKS)


def is_kept(task: Task) -> bool:
    return any(mark.filter(task=task).exists() for mark in marks())


def kept(task: str = "pk") -> Q:
    """The same for a query; `task` names the task where it is asked."""
    return reduce(or_, (Q(Exists(mark.filter(task=OuterRef(task)))) for mark in marks()))
