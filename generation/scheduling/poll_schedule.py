"""When to poll a task, and when to stop expecting it."""

import random
from datetime import datetime, timedelta

from generation.catalog import deadline_seconds
from generation.models import Task
from generation.scheduling.durations import (
    ExpectedDuration,
    duration_key,
    expected_duration,
    postponed_seconds,
)
from generation.scheduling.sampling import sampled_tasks
from generation.workers.poll_counter import polls_a_second

NEAR = 2.2
"""Seconds between two polls while a task may be ready any moment: noticed within three."""

CLOSE, CLOSE_POLLS = 1.0, 3
"""The same when it is known well: as many polls as that between p5 and p90, CLOSE at least."""

CALM = 100
"""Polls a second above which NEAR and CLOSE become one: nothing is asked more often for a crowd."""

NEAR_SHARE = 1 / 125
"""The same for long ones, as a share of the time they usually take."""

BLIND = 3.5
"""Seconds the first poll may be away as long as nobody knows better than the catalogue."""

LONGEST_BLIND = 60.0

FOLLOW, LONGEST_FOLLOW = 5.0, 15.0
"""Seconds between two polls of a task of which nothing is known but that others like it, sampled,
are polled more often: half of the guess, within these."""
APPROACH = 0.6
"""How much of the way to the earliest moment is waited for at once: what was fast yesterday may
be faster today, and is noticed only by looking."""

BACK_OFF = 0.1
"""After p90 the pauses grow by this share of the time that has passed since."""

LADDER = ((120.0, 3.0), (600.0, 4.0), (1800.0, 10.0))
"""(age in seconds up to which, pause in seconds); beyond the last: SLOWEST. Pauses after p90
are no longer than this as long as nobody knows better than the catalogue."""
SLOWEST = 30.0

JITTER = 0.5
"""Seconds a poll is moved at most: a tenth of its pause, but not so much that a moment is missed."""

UNREACHABLE = 10.0
"""Least pause while the gateway does not answer."""


def first_poll(task: Task) -> timedelta:
    """From accepted to the first poll."""
    return timedelta(seconds=jittered(_pause(task, 0.0)))


def next_poll(task: Task, now: datetime) -> float:
    """Seconds until the poll after the one at `now`, without jitter."""
    seconds = _pause(task, _age(task, now))
    return seconds if task.unreachable_since is None else max(seconds, UNREACHABLE)


def _pause(task: Task, age: float) -> float:
    sampled = task.spec is None or sampled_tasks.accepts(
        duration_key(task.spec, task.params), task.pk
    )
    return pause(expected_duration(task), age, sampled=sampled, polls=polls_a_second())


def _age(task: Task, now: datetime) -> float:
    """Seconds since the gateway took it, without those in which nobody looked."""
    since = task.accepted_at or task.created_at
    missed = (
        postponed_seconds(task.spec, task.params, since, task.deadline_at) if task.spec else 0.0
    )
    return (now - since).total_seconds() - missed


def pause(expected: ExpectedDuration | None, age: float, *, sampled: bool, polls: float) -> float:
    """Rarely before it can be ready, closely around that time, ever less often afterwards.

    Seconds. A task that is no `sampled` relies on those who are to find out that it may be ready
    sooner than expected. `polls` is how many a second there are already.
    """
    if expected is None:
        return interval(age)
    if not sampled and not expected.samples:
        follow = min(max(expected.p50 / 2, FOLLOW), LONGEST_FOLLOW)
        return max(follow, interval(age))
    near = _near(expected, polls)
    moment = earliest_ready(expected)
    if age < moment:
        if not sampled:
            return min(max(moment - age, near), LONGEST_BLIND)
        blind = min(BLIND * (1 + expected.samples), LONGEST_BLIND)
        return min(max((moment - age) * APPROACH, near), blind)
    if age <= expected.p90:
        return near if expected.samples else min(near, interval(age))
    seconds = near + (age - expected.p90) * BACK_OFF
    return min(seconds, SLOWEST if expected.samples > 1 else interval(age))


def earliest_ready(expected: ExpectedDuration) -> float:
    """The age in seconds at which it may be ready: just before p5, as that is when it was noticed."""
    return expected.p5 - CLOSE / 2 if expected.samples else expected.p5


def _near(expected: ExpectedDuration, polls: float) -> float:
    least = NEAR
    if expected.samples:
        narrow = (expected.p90 - expected.p5) / CLOSE_POLLS
        least = min(max(CLOSE, narrow, CLOSE * polls / CALM), NEAR)
    return max(least, min(expected.p50 * NEAR_SHARE, SLOWEST))


def interval(age: float) -> float:
    """Seconds between two polls of a task of that age, when that is all that is known."""
    for up_to, seconds in LADDER:
        if age <= up_to:
            return seconds
    return SLOWEST


def jittered(seconds: float) -> float:
    """About as many; keeps tasks that were looked at together from staying together."""
    most = min(seconds * 0.1, JITTER)
    return seconds + random.uniform(-most, most)  # noqa: S311


def seconds_left(task: Task, now: datetime) -> float | None:
    """About how long it still takes; None when nobody can say, or it takes longer than usual."""
    expected = expected_duration(task)
    if expected is None or task.accepted_at is None:
        return None
    left = expected.p50 - (now - task.accepted_at).total_seconds()
    return left if left > 0 else None


def deadline_for(task: Task) -> timedelta:
    spec = task.spec
    return timedelta(seconds=deadline_seconds(spec, task.params) if spec else 3600)
