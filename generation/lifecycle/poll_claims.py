"""Which tasks are asked about now: what is due, as much as the rate limits allow.

Taking a task and scheduling its next poll are one UPDATE, so a crash costs an interval.
"""

import math
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from generation import clock
from generation.models import ApiKey, Task
from generation.scheduling.poll_schedule import jittered, next_poll
from generation.scheduling.rate_limits import poll_rate_limit
from generation.workers.prepared_queries import Rows, Write, padded

THREADS = 64
"""That ask: enough for 300 polls a second of 200 ms each; they start when they are needed
(docs/workers.md)."""

STEP = 0.25
"""Seconds to which the pauses between polls are rounded at least."""

LONGEST_PLAN = timedelta(minutes=9)
"""No poll is planned further ahead."""


_due = Rows(Task.objects.due_to_poll)


def claim(most: int, *, without: Collection[UUID] = ()) -> list[Task]:
    """Up to `most` due tasks that may be asked about now, each scheduled for its next poll."""
    now = timezone.now()
    if most < 1 or not _due.any(now):
        return []
    waiting = _asked_to_wait(now)
    with transaction.atomic():
        tasks = _allowed(now, most, waiting, without)
        _forgive(tasks, now)
        for seconds, pks in _schedule(tasks):
            _plan(*padded(pks), next_poll_at=now + timedelta(seconds=seconds))
    return tasks


_asked_to_wait = Rows(
    lambda now: (
        ApiKey.objects.filter(polls_wait_until__gt=now).order_by().values_list("pk", flat=True)
    )
)
_plan = Write(lambda *pks: Task.objects.filter(pk__in=pks), polls=F("polls") + 1)


def _forgive(tasks: list[Task], now: datetime) -> None:
    """Time in which nobody looked does not count against the deadline, nor does a clock set forward."""
    for task in tasks:
        missed = clock.missed(task.next_poll_at or now, now)
        if missed and task.deadline_at is not None:
            task.deadline_at += missed
            Task.objects.filter(pk=task.pk).update(deadline_at=task.deadline_at)


def _allowed(
    now: datetime, most: int, waiting: Collection[UUID], without: Collection[UUID]
) -> list[Task]:
    """The first due, as many as may be asked about now; a key that may not holds up no other."""
    limits = poll_rate_limit()
    tasks: list[Task] = []
    while limits.left >= 1 and len(tasks) < most:
        keys = {*waiting, *limits.exhausted()}
        known = padded([*without, *(task.pk for task in tasks)])
        wanted = most - len(tasks)
        found = _first(len(keys))(now, *keys, *known)[:wanted]
        tasks += [task for task in found if limits.allows(task.key_id)]
        if len(found) < wanted:
            break
    return tasks


@lru_cache(maxsize=32)
def _first(keys: int) -> Rows[Task]:
    def make(now: datetime, *without: UUID) -> QuerySet[Task]:
        due = Task.objects.due_to_poll(now).exclude(key__in=without[:keys])
        due = due.exclude(pk__in=without[keys:]).order_by("next_poll_at")
        return due.select_for_update(skip_locked=True, of=("self",))[:THREADS]

    return Rows(make)


def _schedule(tasks: list[Task]) -> Iterator[tuple[float, list[UUID]]]:
    """Groups of tasks with the seconds until their next poll."""
    now = timezone.now()
    groups: dict[float, list[UUID]] = {}
    for task in tasks:
        groups.setdefault(_rounded(jittered(next_poll(task, now))), []).append(task.pk)
    yield from groups.items()


def _rounded(seconds: float) -> float:
    """To a few values, so that one UPDATE serves many tasks: by about a fortieth."""
    step = STEP * 2.0 ** max(0, int(math.log2(max(seconds, 1.0) / 10)))
    return max(step, round(seconds / step) * step)


def reschedule_far_polls() -> None:
    """Makes due what the clock, set back, has put out of reach."""
    now = timezone.now()
    far = clock.farthest(now, LONGEST_PLAN)
    Task.objects.filter(state=Task.State.PROCESSING, next_poll_at__gt=far).update(next_poll_at=now)
