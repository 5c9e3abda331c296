"""Makes results in one background thread, in the order in which they fall due.

However many tasks come at once, the machine does one thing for them at a time, and ever less
of it: with DRAFTS_FROM results overdue the next ones are made smaller, and with PLAIN_FROM they
all share one ready-made file per length and size.
"""

import heapq
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Condition, Thread

from .inputs import Inputs
from .orders import Order

logger = logging.getLogger(__name__)

DRAFTS_FROM = 4
PLAIN_FROM = 12
MOST_WAITING = 5_000
"""More tasks than this are turned away as "busy" until some are done."""

A_WHILE = 3600.0
"""Seconds; a wait of years would overflow."""

Due = tuple[float, str]


class Renderer:
    """Results by order, as files in `directory`. `clock` gives Unix seconds."""

    def __init__(self, directory: Path, inputs: Inputs, clock: Callable[[], float]) -> None:
        self._directory = directory
        self._inputs = inputs
        self._clock = clock
        self._waiting: dict[str, tuple[float, Order]] = {}
        self._queue: list[Due] = []
        self._changed = Condition()
        self._closed = False
        self._thread = Thread(target=self._run, name="sandbox-renderer", daemon=True)
        self._thread.start()

    def path(self, order: Order) -> Path:
        return self._directory / order.file_name

    def want(self, order: Order, at: float) -> bool:
        """Whether the result is there; if not, it is made from the time `at` on."""
        name = order.file_name
        if self.path(order).exists():
            return True
        with self._changed:
            if name not in self._waiting or at < self._waiting[name][0]:
                self._waiting[name] = (at, order)
                heapq.heappush(self._queue, (at, name))
            # Also when nothing changed: a clock in a test may have moved.
            self._changed.notify()
        return False

    @property
    def full(self) -> bool:
        return len(self._waiting) >= MOST_WAITING

    def close(self) -> None:
        """Stop after the result in hand, at most a second."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout=0.8)

    def _run(self) -> None:
        while (found := self._next()) is not None:
            order, overdue = found
            try:
                self._make(order, overdue)
            except Exception:
                # A full disk, say. The next poll of the task asks for it again.
                logger.exception("The result %s could not be made", order.file_name)
            finally:
                with self._changed:
                    self._waiting.pop(order.file_name, None)

    def _next(self) -> tuple[Order, int] | None:
        """Wait for the next due order; it comes with how many are. None when closed."""
        with self._changed:
            while not self._closed:
                now = self._clock()
                while self._queue and self._stale(self._queue[0]):
                    heapq.heappop(self._queue)
                if self._queue and self._queue[0][0] <= now:
                    overdue = sum(at <= now for at, _ in self._waiting.values())
                    return self._waiting[heapq.heappop(self._queue)[1]][1], overdue
                self._changed.wait(min(self._queue[0][0] - now, A_WHILE) if self._queue else None)
            return None

    def _stale(self, due: Due) -> bool:
        at, name = due
        return name not in self._waiting or self._waiting[name][0] != at

    def _make(self, order: Order, overdue: int) -> None:
        from .rendering import render

        path = self.path(order)
        if path.exists():
            return
        if overdue < PLAIN_FROM:
            try:
                render(order, self._inputs, path, draft=overdue >= DRAFTS_FROM)
            except (OSError, ValueError):
                logger.exception("The inputs of %s could not be drawn", order.file_name)
            else:
                return
        plain = self.path(order.plain())
        if not plain.exists():
            render(order.plain(), self._inputs, plain, draft=True)
        if plain != path:
            _share(plain, path)


def _share(made: Path, path: Path) -> None:
    try:
        os.link(made, path)
    except OSError:
        shutil.copyfile(made, path)
