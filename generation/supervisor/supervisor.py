"""The loop over all services, and the signals that end it."""

import selectors
import signal
import time
from collections.abc import Callable, Sequence
from types import FrameType

from .reaper import Reaper
from .runner import RESTART_DELAYS, Printer, Runner
from .services import Service

# Seconds that all services together get to end by themselves; the whole stop may take 15 s.
STOP_TIMEOUT = 12.0
POLL_INTERVAL = 0.2


def _never() -> bool:
    return False


class Supervisor:
    """Runs services until told to stop; single-threaded, everything happens in `run_once()`."""

    def __init__(
        self,
        services: Sequence[Service],
        printer: Printer,
        *,
        reaper: Reaper | None = None,
        stop_timeout: float = STOP_TIMEOUT,
        restart_delays: Sequence[float] = RESTART_DELAYS,
    ) -> None:
        self._reaper = reaper
        self._stop_timeout = stop_timeout
        self._selector = selectors.DefaultSelector()
        self.runners = [
            Runner(service, printer, self._selector, reaper, restart_delays=restart_delays)
            for service in services
        ]

    def start(self) -> None:
        for runner in self.runners:
            runner.start()

    def run_once(self, wait: float = POLL_INTERVAL) -> None:
        """One round: pass on output for up to `wait` seconds, then look after every service."""
        self._forward_output(wait)
        for runner in self.runners:
            runner.check()
        if self._reaper:
            self._reaper.ensure_running()

    def failed_services(self) -> list[str]:
        return [runner.service.name for runner in self.runners if runner.failures]

    def stop(self, kill_requested: Callable[[], bool] = _never) -> None:
        """Stops everything, stage by stage, within the time for it; then kills what is left.

        Once `kill_requested()` is true nothing is waited for any more.
        """
        begin = time.monotonic()
        stages = sorted({runner.service.stage for runner in self.runners})
        for number, stage in enumerate(stages, start=1):
            self._terminate_stage(stage)
            self._wait_for_end(
                stage, begin + self._stop_timeout * number / len(stages), kill_requested
            )
        self._wait_for_end(max(stages, default=0), begin + self._stop_timeout, kill_requested)
        for runner in self._running():
            runner.log(
                "is killed" if kill_requested() else f"is killed after {self._stop_timeout:g} s"
            )
            runner.kill()
        self._selector.close()

    def _running(self) -> list[Runner]:
        return [runner for runner in self.runners if runner.process]

    def _terminate_stage(self, stage: int) -> None:
        for runner in self._running():
            if runner.process and runner.service.stage == stage:
                runner.process.terminate()

    def _wait_for_end(self, stage: int, until: float, kill_requested: Callable[[], bool]) -> None:
        while not kill_requested() and time.monotonic() < until:
            for runner in self._running():
                if runner.process and runner.process.has_ended():
                    runner.kill()
            if not any(runner.service.stage <= stage for runner in self._running()):
                return
            self._forward_output(0.05)

    def _forward_output(self, wait: float) -> None:
        # An empty selector returns at once on some platforms and never on others.
        if not self._selector.get_map():
            time.sleep(wait)
            return
        for key, _ in self._selector.select(wait):
            key.data.forward_output()


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
