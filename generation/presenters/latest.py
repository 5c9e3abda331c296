"""What was made before, by what it was made from."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock


class Latest:
    """Texts that were asked for last; for all threads of a process."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._kept: OrderedDict[Hashable, str] = OrderedDict()

    def get(self, known_by: Hashable, make: Callable[[], str]) -> str:
        with self._lock:
            made = self._kept.get(known_by)
            if made is not None:
                self._kept.move_to_end(known_by)
                return made
        made = make()
        with self._lock:
            self._kept[known_by] = made
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
