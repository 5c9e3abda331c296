"""How long a task takes: what to expect, and when to stop waiting. All in seconds."""

from collections.abc import Mapping

from .prices import text, whole
from .rules import effective
from .spec import ModelSpec, Values

OFF_PEAK_WINDOW = 48 * 3600
"""Off-peak tasks are made within this time, else cancelled and refunded."""

LEAST_DEADLINE = 900
DEADLINE_A_SECOND = 90
"""Waiting time for each second of video, as long-running clients allow it (docs/gateway.md)."""

LONGEST_VIDEO = 60

ASSUMED_EARLIEST, ASSUMED_LATEST = 0.5, 2.0
"""When 5 and 90 of 100 tasks are ready, as shares of the typical time. An assumption, as that time
is: the provider says nothing about it and nobody has measured it. What finishes replaces both.
"""


def _video_seconds(complete: Values) -> int | None:
    seconds = whole(complete.get("duration"))
    return None if seconds is None else min(max(seconds, 1), LONGEST_VIDEO)


def typical(
    complete: Values, *, base: float, usual_duration: int, weights: Mapping[str, float]
) -> float:
    """A guess from `base`, the time for the usual duration at weight 1.

    Half of it grows with the duration; `weights` is by resolution. Nobody measured these
    for the gateway: they start a progress bar, and what really happened replaces them.
    """
    if complete.get("off_peak") is True:
        return OFF_PEAK_WINDOW / 2
    duration = _video_seconds(complete) or usual_duration
    weight = weights.get(text(complete.get("resolution")), 1.0)
    return base * weight * (0.5 + 0.5 * duration / usual_duration)


def deadline_seconds(spec: ModelSpec, values: Values) -> int:
    """How long after the submit a task may still run before something must be wrong."""
    complete = effective(spec, values)
    if complete.get("off_peak") is True:
        return OFF_PEAK_WINDOW
    return max(LEAST_DEADLINE, DEADLINE_A_SECOND * (_video_seconds(complete) or 0))
