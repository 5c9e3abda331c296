"""Waiting for what other processes do."""

import time
from collections.abc import Callable


def eventually(check: Callable[[], object], seconds: float, every: float = 0.1) -> bool:
    """Whether `check()` comes true in time."""
    until = time.monotonic() + seconds
    while not (fine := bool(check())) and time.monotonic() < until:
        time.sleep(every)
    return fine
