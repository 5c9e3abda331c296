"""Which of the server's processes takes a new connection: the one that has fewest.

Whoever wakes first would take them all, and a process computes on one core.
"""

import os
import time
from contextlib import suppress
from mmap import mmap

SLOTS = 64
"""More processes than that share slots, and may take a connection some milliseconds late."""

PATIENCE = 0.003
"""Seconds that a process leaves a new connection to one that has fewer, which may be busy."""


class Balance:
    """What each process has, in memory that all forks of the one which made this share."""

    def __init__(self) -> None:
        shared = memoryview(mmap(-1, 2 * SLOTS * 8)).cast("q")
        self._pids, self._counts = shared[:SLOTS], shared[SLOTS:]
        self._slot = 0

    def join(self, number: int) -> None:
        """As process `number` since the server's start; those that were killed are struck off."""
        for slot, pid in enumerate(self._pids):
            if pid and not _lives(pid):
                self._pids[slot] = 0
        self._slot = number % SLOTS
        self._counts[self._slot] = 0
        self._pids[self._slot] = os.getpid()

    def leave(self) -> None:
        self._pids[self._slot] = 0

    def has(self, connections: int) -> None:
        self._counts[self._slot] = connections

    def give_way(self) -> None:
        """Waits a little when another has fewer."""
        mine = self._counts[self._slot]
        if any(pid and self._counts[slot] < mine for slot, pid in enumerate(self._pids)):
            time.sleep(PATIENCE)


def _lives(pid: int) -> bool:
    with suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True


BALANCE = Balance()
