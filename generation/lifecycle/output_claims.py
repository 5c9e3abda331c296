"""Who saves a file: the holder of its latest attempt, until the claim runs out."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from generation.models import Output
from generation.workers.prepared_queries import Rows, Write

CLAIM = timedelta(seconds=60)
"""Renewed while the file is on its way: after a crash the next worker need not wait long."""

CLAIM_SURELY_HOLDS = 5.0
"""Seconds in which nobody else can have claimed the file; what is written then asks once more."""

READ_AHEAD = 8
"""Due files that are read at once; they are claimed one by one."""

_due = Rows(Output.objects.due)


def any_due() -> bool:
    return _due.any(timezone.now())


def claim(ahead: list[Output] | None = None) -> Output | None:
    """The next due file; `ahead` are some that were read before, and is filled up when empty."""
    ahead = [] if ahead is None else ahead
    # Other workers may have been faster with all of a batch, and there may still be more.
    while ahead or _read(ahead):
        output = ahead.pop(0)
        now, attempts = timezone.now(), output.attempts + 1
        fields = {"next_attempt_at": now + CLAIM, "attempts": attempts}
        if _take(now, output.pk, output.attempts, **fields):
            output.attempts = attempts
            return output
    return None


_first = Rows(
    lambda now: (
        Output.objects.due(now).select_related("task__key").order_by("next_attempt_at")[:READ_AHEAD]
    )
)
_take = Write(lambda now, pk, attempts: Output.objects.due(now).filter(pk=pk, attempts=attempts))


def _read(ahead: list[Output]) -> bool:
    ahead += _first(timezone.now())
    return bool(ahead)


_latest = Write(
    lambda pk, attempts: Output.objects.filter(pk=pk, state=Output.State.PENDING, attempts=attempts)
)


def update(output: Output, **fields: Any) -> bool:
    """Writes while this attempt is the latest: everyone else's writes are void."""
    return bool(_latest(output.pk, output.attempts, **fields))


def renew(output: Output) -> bool:
    return update(output, next_attempt_at=timezone.now() + CLAIM)
