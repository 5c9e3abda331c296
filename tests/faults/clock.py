"""A clock that jumps, in every Python process that is started with its environment.

Only the time of day jumps. The monotonic clock goes on, as it does when a real clock is set.
(libfaketime would do it for every program, but where it leaves the monotonic clock alone,
Python's sleep() fails.)
"""

import os
from pathlib import Path

import time_machine

NAME = "CLOCK_FILE"
HOUR = 3600 * 10**9


class Clock:
    """The test's hand on the clock of others."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.set(hours=0)
        self.env = {NAME: str(self._file)}

    def set(self, hours: int) -> None:
        """So many hours beside the real time, at once."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(str(hours))
        fresh.replace(self._file)


class _Follower(time_machine.Traveller):
    """The real time, and as much beside it as the file says now."""

    def __init__(self, file: Path) -> None:
        super().__init__(0, None, tick=True)
        self._file = file

    def time_ns(self) -> int:
        real = time_machine.escape_hatch.time.time_ns()
        return real + int(self._file.read_text()) * HOUR


def follow() -> None:
    """Lets the clock of this process, and of those it forks, say what the test wants."""
    if file := os.environ.get(NAME):
        time_machine.travel(0).start()
        time_machine.traveller_stack[:] = [_Follower(Path(file))]
