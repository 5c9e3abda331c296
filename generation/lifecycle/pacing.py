"""When to look at a task, and when to stop expecting it."""

import random
from datetime import timedelta

from generation.catalog import deadline_seconds
from generation.models import Task

FIRST_LOOK = 2.0
LADDER = ((120.0, 3.0), (600.0, 4.0), (1800.0, 10.0))
"""(age in seconds up to which, interval in seconds); beyond the last: SLOWEST."""
SLOWEST = 30.0


def first_look() -> timedelta:
    return timedelta(seconds=FIRST_LOOK * random.uniform(0.8, 1.2))  # noqa: S311


def interval(age: float) -> float:
    """Seconds between two looks at a task of that age, without jitter."""
    for up_to, seconds in LADDER:
        if age <= up_to:
            return seconds
    return SLOWEST


def jitter() -> float:
    """Keeps tasks that were looked at together from staying together."""
    return random.uniform(0.8, 1.2)  # noqa: S311


def deadline_for(task: Task) -> timedelta:
    """How long the gateway may take before the task counts as uncertain (api.md 2.4)."""
    spec = task.spec
    return timedelta(seconds=deadline_seconds(spec, task.params) if spec else 3600)
