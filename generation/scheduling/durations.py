"""How long tasks like this one take: the catalogue's guess, and what the last ones really took."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from generation.catalog import ModelSpec, deadline_seconds, effective
from generation.catalog.timing import ASSUMED_EARLIEST, ASSUMED_LATEST
from generation.models import Task

GUESS_WEIGHS = 1
"""With this many finished tasks a quarter of the guess is left; with ten times as many, nothing."""

LATEST_TASKS = 200
LATEST_ALIKE = 50
KEPT_FOR = 5.0
"""Seconds a process remembers what it has read."""

DurationKey = tuple[str, str, str, bool]
"""What decides how long it takes: model, duration, resolution, off-peak."""


@dataclass(frozen=True, slots=True)
class ExpectedDuration:
    """Seconds from accepted to noticed as finished: 5, 50 and 90 of 100 take no longer.

    `samples` is how many finished tasks stand behind it.
    """

    p5: float
    p50: float
    p90: float
    samples: int = 0


class _Memory:
    """The durations of the latest tasks of each model, by kind, re-read now and then."""

    def __init__(self) -> None:
        self._models: dict[str, tuple[float, dict[DurationKey, list[float]]]] = {}
        self._expected: dict[DurationKey, ExpectedDuration] = {}

    def expected_duration(self, spec: ModelSpec, params: dict[str, Any]) -> ExpectedDuration:
        kind = duration_key(spec, params)
        durations = self.durations(spec, kind)
        found = self._expected.get(kind)
        if found is None:
            found = self._expected[kind] = blend(spec.typical_seconds(params), durations)
        return found

    def durations(self, spec: ModelSpec, kind: DurationKey) -> list[float]:
        read_at, kinds = self._models.get(spec.id, (-KEPT_FOR, {}))
        if time.monotonic() - read_at > KEPT_FOR:
            kinds = _read(spec)
            self._models[spec.id] = time.monotonic(), kinds
            self._expected.clear()
        return kinds.get(kind, [])

    def learn(self, spec: ModelSpec, kind: DurationKey, seconds: float) -> None:
        if spec.id not in self._models:
            return
        alike = self._models[spec.id][1].setdefault(kind, [])
        alike.insert(0, seconds)
        del alike[LATEST_ALIKE:]
        self._expected.pop(kind, None)

    def forget(self) -> None:
        self._models.clear()
        self._expected.clear()


memory = _Memory()


def expected_duration(task: Task) -> ExpectedDuration | None:
    spec = task.spec
    if spec is None:
        return None
    return memory.expected_duration(spec, task.params)


def observed_durations(task: Task) -> ExpectedDuration | None:
    if task.spec is None:
        return None
    durations = memory.durations(task.spec, duration_key(task.spec, task.params))
    return blend(0.0, durations, guess_weighs=0) if durations else None


def blend(
    guess: float, durations: Sequence[float], *, guess_weighs: float = GUESS_WEIGHS
) -> ExpectedDuration:
    seen, ordered = len(durations), sorted(durations)
    trust = 1 - (guess_weighs / (seen + guess_weighs)) ** 2 if seen else 0.0

    def between(share: float, guessed: float) -> float:
        return guessed if not seen else trust * _quantile(ordered, share) + (1 - trust) * guessed

    return ExpectedDuration(
        p5=between(0.05, guess * ASSUMED_EARLIEST),
        p50=between(0.5, guess),
        p90=between(0.9, guess * ASSUMED_LATEST),
        samples=seen,
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def _read(spec: ModelSpec) -> dict[DurationKey, list[float]]:
    finished = Task.objects.filter(model=spec.id, generated_at__isnull=False)
    finished = finished.order_by("-generated_at")
    rows = finished.values_list("params", "accepted_at", "generated_at", "deadline_at")
    kinds: dict[DurationKey, list[float]] = {}
    for params, accepted_at, generated_at, deadline_at in rows[:LATEST_TASKS]:
        found = kinds.setdefault(duration_key(spec, params), [])
        if len(found) == LATEST_ALIKE or not accepted_at or not generated_at:
            continue
        # When its end was noticed says nothing, if nobody looked for a while.
        if not postponed_seconds(spec, params, accepted_at, deadline_at):
            found.append(_seconds(accepted_at, generated_at))
    return kinds


def postponed_seconds(
    spec: ModelSpec, params: dict[str, Any], accepted_at: datetime, deadline_at: datetime | None
) -> float:
    """Seconds by which the deadline was moved because nobody polled (lifecycle/poll_claims.py)."""
    if deadline_at is None:
        return 0.0
    seconds = _seconds(accepted_at, deadline_at) - deadline_seconds(spec, params)
    return seconds if seconds > 1 else 0.0


def _seconds(accepted_at: datetime, generated_at: datetime) -> float:
    return max(0.0, (generated_at - accepted_at).total_seconds())


def duration_key(spec: ModelSpec, params: dict[str, Any]) -> DurationKey:
    values = effective(spec, params)
    return (
        spec.id,
        str(values.get("duration", "")),
        str(values.get("resolution", "")),
        values.get("off_peak") is True,
    )
