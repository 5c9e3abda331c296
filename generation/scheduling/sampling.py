"""Of many tasks alike a sample is polled closely, and what it tells goes for the others.

A team presses Generate for hundreds of the same kind at once. Asking about each of them every
three seconds would find out the same thing hundreds of times.
"""

import time
from uuid import UUID

from generation.scheduling.durations import DurationKey

SAMPLES_PER_KIND = 6
"""How many of each kind are polled as if they were alone."""

SILENT = 120.0
"""Seconds after which a sampled task that is not asked about any more is replaced: twice the longest pause."""


class SampledTasks:
    """Who they are, as far as this process knows: the first that it meets of each kind.

    Nothing is lost with it. Another process chooses others, which costs a few polls.
    """

    def __init__(self) -> None:
        self._kinds: dict[DurationKey, dict[UUID, float]] = {}

    def accepts(self, kind: DurationKey, task: UUID) -> bool:
        """Whether the task is sampled; it is from now on if there are too few."""
        now = time.monotonic()
        mine = self._kinds.setdefault(kind, {})
        for gone in [pk for pk, seen in mine.items() if now - seen > SILENT]:
            del mine[gone]
        if task not in mine and len(mine) >= SAMPLES_PER_KIND:
            return False
        mine[task] = now
        return True

    def release(self, kind: DurationKey, task: UUID) -> None:
        mine = self._kinds.get(kind, {})
        mine.pop(task, None)
        if not mine:
            self._kinds.pop(kind, None)

    def forget(self) -> None:
        self._kinds.clear()


sampled_tasks = SampledTasks()
