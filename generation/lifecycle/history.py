"""How long tasks like this one take: the catalogue's guess, and what the last ones really took."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from generation.catalog import ModelSpec, deadline_seconds, effective
from generation.models import Task

GUESS_WEIGHS = 5
"""With this many finished tasks a quarter of the guess is left; with ten times as many, nothing."""

GUESS_EARLIEST, GUESS_LATEST = 0.5, 2.0
"""p5 and p90 of a guess, as shares of it: nobody has measured the gateway (api.md 2.8)."""

LATEST_TASKS = 200
LATEST_ALIKE = 50
KEPT_FOR = 5.0
"""Seconds a process remembers what it has read."""

Kind = tuple[str, str, str, bool]
"""What decides how long it takes: model, duration, resolution, off-peak."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """Seconds from accepted to noticed as finished: 5, 50 and 90 of 100 take no longer.

    `seen` is how many finished tasks stand behind it.
    """

    earliest: float
    middle: float
    latest: float
    seen: int = 0


class _Memory:
    """The durations of the latest tasks of each model, by kind, re-read now and then."""

    def __init__(self) -> None:
        self._models: dict[str, tuple[float, dict[Kind, list[float]]]] = {}

    def durations(self, spec: ModelSpec, kind: Kind) -> list[float]:
        read_at, kinds = self._models.get(spec.id, (-KEPT_FOR, {}))
        if time.monotonic() - read_at > KEPT_FOR:
            kinds = _read(spec)
            self._models[spec.id] = time.monotonic(), kinds
        return kinds.get(kind, [])

    def forget(self) -> None:
        self._models.clear()


memory = _Memory()


def expectation(task: Task) -> Expectation | None:
    """What to expect of the task; None for a model that the catalogue no longer has."""
    spec = task.spec
    if spec is None:
        return None
    return blend(
        spec.typical_seconds(task.params), memory.durations(spec, _kind(spec, task.params))
    )


def blend(guess: float, durations: Sequence[float]) -> Expectation:
    """The guess, outweighed more and more by what was seen."""
    seen = len(durations)
    trust = 1 - (GUESS_WEIGHS / (seen + GUESS_WEIGHS)) ** 2

    def between(share: float, guessed: float) -> float:
        return guessed if not seen else trust * _quantile(durations, share) + (1 - trust) * guessed

    return Expectation(
        earliest=between(0.05, guess * GUESS_EARLIEST),
        middle=between(0.5, guess),
        latest=between(0.9, guess * GUESS_LATEST),
        seen=seen,
    )


def _quantile(durations: Sequence[float], share: float) -> float:
    ordered = sorted(durations)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def _read(spec: ModelSpec) -> dict[Kind, list[float]]:
    finished = Task.objects.filter(
        model=spec.id, generated_at__isnull=False, accepted_at__isnull=False
    ).order_by("-generated_at")
    rows = finished.values_list("params", "accepted_at", "generated_at", "deadline_at")
    kinds: dict[Kind, list[float]] = {}
    for params, accepted_at, generated_at, deadline_at in rows[:LATEST_TASKS]:
        found = kinds.setdefault(_kind(spec, params), [])
        if len(found) == LATEST_ALIKE or not accepted_at or not generated_at:
            continue
        # When its end was noticed says nothing, if nobody looked for a while.
        if not put_off(spec, params, accepted_at, deadline_at):
            found.append(_seconds(accepted_at, generated_at))
    return kinds


def put_off(
    spec: ModelSpec, params: dict[str, Any], accepted_at: datetime, deadline_at: datetime | None
) -> float:
    """Seconds by which the deadline was moved because nobody looked (looks.py)."""
    if deadline_at is None:
        return 0.0
    seconds = _seconds(accepted_at, deadline_at) - deadline_seconds(spec, params)
    return seconds if seconds > 1 else 0.0


def _seconds(accepted_at: datetime, generated_at: datetime) -> float:
    return max(0.0, (generated_at - accepted_at).total_seconds())


def _kind(spec: ModelSpec, params: dict[str, Any]) -> Kind:
    values = effective(spec, params)
    return (
        spec.id,
        str(values.get("duration", "")),
        str(values.get("resolution", "")),
        values.get("off_peak") is True,
    )
