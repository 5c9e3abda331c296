"""What whoever runs the supervisor wants, as signals tell it."""

import signal
import time
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignals:
    """`stop_requested`: stop in order. `kill_requested`: a second Ctrl-C, kill at once.

    The same Ctrl-C may arrive twice, from the terminal and from a parent such as `timeout`;
    so a second SIGINT counts only after `min_interval` seconds, and a second SIGTERM never.
    """

    def __init__(self, *, min_interval: float = 0.5) -> None:
        self.stop_requested = False
        self._kill_requested = False
        self._min_interval = min_interval
        self._first_interrupt: float | None = None

    def kill_requested(self) -> bool:
        return self._kill_requested

    def install(self) -> None:
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        # Under nohup a closed terminal is to be ignored.
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop_requested = True
        if number != signal.SIGINT:
            return
        now = time.monotonic()
        if self._first_interrupt is None:
            self._first_interrupt = now
        elif now - self._first_interrupt >= self._min_interval:
            self._kill_requested = True


def restore_defaults() -> None:
    """For a forked child: signals end it again, but for SIGHUP under nohup."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
