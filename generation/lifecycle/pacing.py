"""When to look at a task, and when to stop expecting it."""

import random
from datetime import datetime, timedelta

from generation.catalog import deadline_seconds
from generation.models import Task

from .history import Expectation, expectation, put_off

NEAR = 2.2
"""Seconds between two looks while a task may be ready any moment: noticed within three."""

NEAR_SHARE = 1 / 125
"""The same for long ones, as a share of the time they usually take."""

BLIND = 3.5
"""Seconds the first look may be away as long as nobody knows better than the catalogue."""

LONGEST_BLIND = 60.0
APPROACH = 0.6
"""How much of the way to the earliest moment is waited for at once: what was fast yesterday may
be faster today, and is noticed only by looking."""

BACK_OFF = 0.1
"""After p90 the pauses grow by this share of the time that has passed since."""

LADDER = ((120.0, 3.0), (600.0, 4.0), (1800.0, 10.0))
"""(age in seconds up to which, pause in seconds); beyond the last: SLOWEST. Pauses after p90
are no longer than this as long as nobody knows better than the catalogue."""
SLOWEST = 30.0

UNREACHABLE = 10.0
"""Least pause while the gateway does not answer."""


def first_look(task: Task) -> timedelta:
    """From accepted to the first look."""
    return timedelta(seconds=pause(expectation(task), 0.0) * jitter())


def next_look(task: Task, now: datetime) -> float:
    """Seconds until the look after the one at `now`, without jitter."""
    seconds = pause(expectation(task), _age(task, now))
    return seconds if task.unreachable_since is None else max(seconds, UNREACHABLE)


def _age(task: Task, now: datetime) -> float:
    """Seconds since the gateway took it, without those in which nobody looked."""
    since = task.accepted_at or task.created_at
    missed = put_off(task.spec, task.params, since, task.deadline_at) if task.spec else 0.0
    return (now - since).total_seconds() - missed


def pause(expected: Expectation | None, age: float) -> float:
    """Rarely before it can be ready, closely around that time, ever less often afterwards."""
    if expected is None:
        return interval(age)
    near = max(NEAR, min(expected.middle * NEAR_SHARE, SLOWEST))
    if age < expected.earliest:
        blind = min(BLIND * (1 + expected.seen), LONGEST_BLIND)
        return min(max((expected.earliest - age) * APPROACH, near), blind)
    if age <= expected.latest:
        return near if expected.seen else min(near, interval(age))
    seconds = near + (age - expected.latest) * BACK_OFF
    return min(seconds, SLOWEST if expected.seen > 1 else interval(age))


def interval(age: float) -> float:
    """Seconds between two looks at a task of that age, when that is all that is known."""
    for up_to, seconds in LADDER:
        if age <= up_to:
            return seconds
    return SLOWEST


def jitter() -> float:
    """Keeps tasks that were looked at together from staying together."""
    return random.uniform(0.9, 1.1)  # noqa: S311


def seconds_left(task: Task, now: datetime) -> float | None:
    """About how long it still takes; None when nobody can say, or it takes longer than usual."""
    expected = expectation(task)
    if expected is None or task.accepted_at is None:
        return None
    left = expected.middle - (now - task.accepted_at).total_seconds()
    return left if left > 0 else None


def deadline_for(task: Task) -> timedelta:
    """How long the gateway may take before the task counts as uncertain (api.md 2.4)."""
    spec = task.spec
    return timedelta(seconds=deadline_seconds(spec, task.params) if spec else 3600)
