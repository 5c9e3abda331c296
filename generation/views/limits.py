"""How often somebody may ask, counted in memory: strangers must not make us write."""

import time
from collections import Counter
from threading import Lock

MOST_NAMES = 20_000


class PerMinute:
    """Counts by name within the current minute of this process; thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._minute = 0
        self._counts: Counter[str] = Counter()

    def allows(self, name: str, most: int) -> bool:
        """Counts one and says whether it is within `most`."""
        minute = int(time.monotonic() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._counts.clear()
            if len(self._counts) >= MOST_NAMES and name not in self._counts:
                return False
            self._counts[name] += 1
            return self._counts[name] <= most

    def forget(self) -> None:
        with self._lock:
            self._counts.clear()
