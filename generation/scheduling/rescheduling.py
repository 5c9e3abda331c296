"""What the first tasks of a batch that finish mean for the rest of it, while it is in flight."""

import math
import random
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from generation.models import Task
from generation.scheduling.durations import (
    DurationKey,
    ExpectedDuration,
    duration_key,
    memory,
    observed_durations,
    postponed_seconds,
)
from generation.scheduling.poll_schedule import NEAR, earliest_ready
from generation.scheduling.sampling import sampled_tasks

RESCHEDULE_EVERY = 0.5
"""Seconds between two rounds for one kind."""

WORTH_IT = 0.5
"""Seconds by which the expectation must have moved since the last one."""

RESCHEDULED_AT_ONCE = 2000
"""Tasks that one round moves, those that are polled next."""

A_SECOND = 100
"""Looks that may be brought forward to any one second."""

SURE = 3
"""Finished tasks from which on a poll may also be put off."""

STEP = 0.25
"""Seconds to which times are rounded, so that one UPDATE serves many tasks."""


class Rescheduler:
    """Notes what finishes, and lets the others of its kind be looked at when they may be ready."""

    def __init__(self) -> None:
        self._news: dict[DurationKey, Task] = {}
        self._told: dict[DurationKey, tuple[float, float]] = {}

    def task_ended(self, task: Task, *, completed: bool) -> None:
        """The task is over. Only what completed says how long the others may take."""
        if task.spec is None:
            return
        kind = duration_key(task.spec, task.params)
        sampled_tasks.release(kind, task.pk)
        if not completed or task.accepted_at is None:
            return
        if postponed_seconds(task.spec, task.params, task.accepted_at, task.deadline_at):
            return
        memory.learn(task.spec, kind, (timezone.now() - task.accepted_at).total_seconds())
        self._news[kind] = task

    def reschedule(self) -> int:
        now, moved = time.monotonic(), 0
        for kind, task in list(self._news.items()):
            told_at, told = self._told.get(kind, (-math.inf, 0.0))
            if now - told_at < RESCHEDULE_EVERY:
                continue
            del self._news[kind]
            # Of the same batch: what was guessed before says nothing any more.
            expected = observed_durations(task)
            if expected is None or abs(earliest_ready(expected) - told) < WORTH_IT:
                continue
            self._told[kind] = now, earliest_ready(expected)
            moved += _tell(kind, task.model, expected)
        return moved


def _tell(kind: DurationKey, model: str, expected: ExpectedDuration) -> int:
    now = timezone.now()
    followers = Task.objects.filter(
        state=Task.State.PROCESSING,
        next_poll_at__gt=now + timedelta(seconds=STEP),
        model=model,
        accepted_at__isnull=False,
        unreachable_since=None,
        reason="",
    )
    fields = ("pk", "params", "model", "accepted_at", "deadline_at", "next_poll_at")
    alike = [
        task
        for task in followers.only(*fields).order_by("next_poll_at")[:RESCHEDULED_AT_ONCE]
        if task.spec and duration_key(task.spec, task.params) == kind
    ]
    groups: dict[datetime, list[UUID]] = {}
    for task, at in _times(alike, expected, now):
        groups.setdefault(at, []).append(task.pk)
    with transaction.atomic():
        # Whoever polls one of them in this moment has planned its next poll already.
        late = Task.objects.filter(state=Task.State.PROCESSING, next_poll_at__gt=now)
        return sum(late.filter(pk__in=pks).update(next_poll_at=at) for at, pks in groups.items())


def _times(
    tasks: list[Task], expected: ExpectedDuration, now: datetime
) -> Iterable[tuple[Task, datetime]]:
    spread = max(NEAR, len(tasks) / A_SECOND)
    for task in tasks:
        assert task.accepted_at is not None
        assert task.next_poll_at is not None
        assert task.spec is not None
        missed = postponed_seconds(task.spec, task.params, task.accepted_at, task.deadline_at)
        seconds = (task.accepted_at - now).total_seconds() + missed + earliest_ready(expected)
        if seconds <= 0:
            seconds = random.uniform(0, spread)  # noqa: S311
        at = now + timedelta(seconds=round(seconds / STEP) * STEP)
        later = at > task.next_poll_at
        if abs((at - task.next_poll_at).total_seconds()) < STEP:
            continue
        if not later or (expected.samples >= SURE and seconds > spread):
            yield task, at
