"""Waiting for what other threads and processes do."""

import time
from collections.abc import Callable


def eventually(check: Callable[[], object], seconds: float = 10.0, every: float = 0.1) -> bool:
    """Whether `check()` comes true in time; asked often at first, later `every` so many seconds."""
    until, pause = time.monotonic() + seconds, 0.01
    while not (fine := bool(check())) and time.monotonic() < until:
        time.sleep(pause)
        pause = min(pause * 1.5, every)
    return fine
