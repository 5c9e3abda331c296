"""How a sandbox behaves: set by `manage.py sandbox` and by tests."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`seconds` is how long a generation takes, give or take the share `jitter` of it.

    `fast` answers every task of one length and frame with the same ready-made result, for load
    tests. `state` keeps tasks and results over a restart; without it they go with the process.
    `clock` gives Unix seconds. `callbacks` calls the tasks' `callback_url` on this machine, and on
    the host `callback_host` when given.
    """

    seconds: float = 6.0
    jitter: float = 0.2
    url_lifetime: float = 24 * 60 * 60
    fast: bool = False
    off_peak: bool = False
    callbacks: bool = False
    callback_host: str = ""
    state: Path | None = None
    log: Path | None = None
    clock: Callable[[], float] = time.time
