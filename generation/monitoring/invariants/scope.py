"""Which tasks are looked at, and how what is found about them is told."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce

from generation.models import Output, Task, TaskEvent
from generation.models.task import TaskQuerySet

OVERDUE_AFTER = timedelta(minutes=10)
"""How long a step may be overdue. `reconcile` looks every minute, the poller far more often."""

Finding = tuple[UUID, str]
"""A task, and what is wrong about it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which tasks are looked at, and as of when."""

    tasks: TaskQuerySet
    now: datetime

    @property
    def long_ago(self) -> datetime:
        return self.now - OVERDUE_AFTER

    def in_state(self, *states: str) -> TaskQuerySet:
        """Those in one of `states`; looked for among `tasks`, never among all in that state."""
        return in_state(self.tasks, *states)

    def outputs(self) -> "QuerySet[Output]":
        return Output.objects.filter(task__in=self.tasks)


def in_state(tasks: TaskQuerySet, *states: str) -> TaskQuerySet:
    # An expression: given the column, SQLite takes its index and walks all completed tasks.
    return tasks.alias(at=Coalesce("state", Value(""))).filter(at__in=states)


def each(tasks: "QuerySet[Task]", what: str) -> Iterator[Finding]:
    for pk in tasks.values_list("pk", flat=True):
        yield pk, what


def histories(tasks: "QuerySet[Task]") -> Iterator[tuple[UUID, Iterator[str]]]:
    events = TaskEvent.objects.filter(task__in=tasks.values("pk")).order_by("task", "id")
    for pk, history in groupby(events.values_list("task", "kind"), key=lambda event: event[0]):
        yield pk, (kind for _, kind in history)
