"""What was made before, by what it was made from."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """What was asked for last; for all threads of a process."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._kept: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, known_by: Hashable) -> T | None:
        with self._lock:
            kept = self._kept.get(known_by)
            if kept is not None:
                self._kept.move_to_end(known_by)
            return kept

    def put(self, known_by: Hashable, made: T) -> None:
        with self._lock:
            self._kept[known_by] = made
            self._kept.move_to_end(known_by)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
