"""The wishes of whoever runs the supervisor, as signals tell them."""

import signal
import time
from types import FrameType


class Interrupts:
    """`asked`: stop in order. `hurried`: a second Ctrl-C, kill at once.

    The same Ctrl-C may arrive twice, from the terminal and from a parent such as `timeout`;
    so a second SIGINT counts only after `apart` seconds, and a second SIGTERM never.
    """

    def __init__(self, *, apart: float = 0.5) -> None:
        self.asked = False
        self._hurried = False
        self._apart = apart
        self._first_interrupt: float | None = None

    def hurried(self) -> bool:
        return self._hurried

    def install(self) -> None:
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        # Under nohup a closed terminal is to be ignored.
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        if number != signal.SIGINT:
            return
        now = time.monotonic()
        if self._first_interrupt is None:
            self._first_interrupt = now
        elif now - self._first_interrupt >= self._apart:
            self._hurried = True
