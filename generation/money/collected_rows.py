"""The figures of what is in collections (generation/models/collected_triggers.py), made anew and compared.

Triggers write them otherwise.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef

from generation.models import CollectionItem
from generation.models.task import TaskQuerySet

from .amounts import micros
from .ledger import Booked

AT_ONCE = 500


class Place(NamedTuple):
    day: date | None
    user_id: int | None
    key: UUID
    model: str
    charged: int
    held: int
    kept: int


Collected = Mapping[UUID, Place]
"""By task: each item of it says the same."""


def with_collected(tasks: TaskQuerySet) -> TaskQuerySet:
    items = CollectionItem.objects.filter(task=OuterRef("pk"))
    return tasks.annotate(
        is_collected=ExpressionWrapper(Exists(items), output_field=BooleanField())
    )


def is_collected(task: Any) -> bool:
    """Of a task that was read `with_collected`."""
    return bool(task.is_collected)


def place_of(day: date, booked: Booked, kept: int) -> Place:
    task, charged, held = booked.task, micros(booked.charged), micros(booked.held)
    return Place(day, task.owner_id, booked.key, task.model, charged, held, kept)


def write(right: Collected) -> None:
    wrong = [(item, should) for item, _, should in _wrong(right)]
    for item, should in wrong:
        for name, value in should._asdict().items():
            setattr(item, name, value)
    CollectionItem.objects.bulk_update(
        [item for item, _ in wrong],
        [name.removesuffix("_id") for name in Place._fields],
        batch_size=AT_ONCE,
    )


def differences(right: Collected) -> Iterator[str]:
    for item, is_now, should in _wrong(right):
        names = [
            f"{name} is {is_now}, not {value}"
            for (name, value), is_now in zip(should._asdict().items(), is_now, strict=True)
            if is_now != value
        ]
        yield f"{should.day} task {item.task_id} in collection {item.collection_id}: {', '.join(names)}"


def _wrong(right: Collected) -> Iterator[tuple[Any, Place, Place]]:
    """Items that say anything else of those tasks, what they say, and what they should."""
    tasks = list(right)
    for low in range(0, len(tasks), AT_ONCE):
        some = tasks[low : low + AT_ONCE]
        for item in CollectionItem.objects.filter(task__in=some).order_by("pk"):
            is_now = Place(*(getattr(item, name) for name in Place._fields))
            if is_now != right[item.task_id]:
                yield item, is_now, right[item.task_id]
