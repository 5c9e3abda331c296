"""Questions to something that may never answer."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)
T = TypeVar("T")


class Probe(Generic[T]):
    """Asks `question` in a thread of its own, one at a time, and waits `within` seconds for it.

    `otherwise` is the answer of what is silent or fails. An answer is good for `kept` seconds.
    Whoever asks while an old question waits in vain is not kept waiting as well.
    """

    def __init__(
        self, question: Callable[[], T], *, otherwise: T, within: float, kept: float = 0.0
    ) -> None:
        self._question = question
        self._otherwise = self._said = otherwise
        self._within = within
        self._kept = kept
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._begun = self._ended = float("-inf")

    def begin(self) -> threading.Thread:
        """Asks, unless it is being asked or was answered a moment ago."""
        with self._lock:
            if self._thread is None or self._is_old(self._thread):
                self._begun = time.monotonic()
                self._thread = threading.Thread(target=self._ask, name="probe", daemon=True)
                self._thread.start()
            return self._thread

    def answer(self) -> T:
        thread = self.begin()
        thread.join(max(self._begun + self._within - time.monotonic(), 0.0))
        return self._otherwise if thread.is_alive() else self._said

    def _is_old(self, thread: threading.Thread) -> bool:
        return not thread.is_alive() and time.monotonic() - self._ended > self._kept

    def _ask(self) -> None:
        said = self._otherwise
        try:
            said = self._question()
        except Exception:  # whatever a library raises: nobody waits for it here
            logger.exception("a probe failed")
        finally:
            self._said, self._ended = said, time.monotonic()
