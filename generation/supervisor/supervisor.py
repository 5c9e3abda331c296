"""The loop over all services."""

import selectors
import time
from collections.abc import Callable, Sequence

from generation.supervisor.guardian import Guardian
from generation.supervisor.output import Printer
from generation.supervisor.runner import PAUSES, Runner
from generation.supervisor.service import Service

# Seconds that all services together get to end by themselves; the whole stop may take 15 s.
GRACE = 12.0
TICK = 0.2


def never() -> bool:
    return False


class Supervisor:
    """Runs services until told to stop; single-threaded, everything happens in `turn()`."""

    def __init__(
        self,
        services: Sequence[Service],
        printer: Printer,
        *,
        guardian: Guardian | None = None,
        grace: float = GRACE,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._guardian = guardian
        self._grace = grace
        self._selector = selectors.DefaultSelector()
        self.runners = [
            Runner(service, printer, self._selector, guardian, pauses=pauses)
            for service in services
        ]

    def start(self) -> None:
        """Starts all services at once."""
        for runner in self.runners:
            runner.start()

    def turn(self, wait: float = TICK) -> None:
        """One round: pass on output for up to `wait` seconds, then look after every service."""
        self._pass_on_output(wait)
        for runner in self.runners:
            runner.check()
        if self._guardian:
            self._guardian.check()

    def failed(self) -> list[str]:
        """Names of the services that have ended by themselves or could not be started."""
        return [runner.service.name for runner in self.runners if runner.failures]

    def stop(self, hurried: Callable[[], bool] = never) -> None:
        """Stops everything, stage by stage, within the grace period; then kills what is left.

        Once `hurried()` is true nothing is waited for any more.
        """
        begin = time.monotonic()
        stages = sorted({runner.service.stage for runner in self.runners})
        for number, stage in enumerate(stages, start=1):
            self._ask_to_stop(stage)
            self._wait_for_end(stage, begin + self._grace * number / len(stages), hurried)
        self._wait_for_end(max(stages, default=0), begin + self._grace, hurried)
        for runner in self._running():
            runner.say("is killed" if hurried() else f"is killed after {self._grace:g} s")
            runner.end()
        self._selector.close()

    def _running(self) -> list[Runner]:
        return [runner for runner in self.runners if runner.child]

    def _ask_to_stop(self, stage: int) -> None:
        for runner in self._running():
            if runner.child and runner.service.stage == stage:
                runner.child.ask_to_stop()

    def _wait_for_end(self, stage: int, until: float, hurried: Callable[[], bool]) -> None:
        """Waits for all services up to that stage."""
        while not hurried() and time.monotonic() < until:
            for runner in self._running():
                if runner.child and runner.child.has_ended():
                    runner.end()
            if not any(runner.service.stage <= stage for runner in self._running()):
                return
            self._pass_on_output(0.05)

    def _pass_on_output(self, wait: float) -> None:
        # An empty selector returns at once on some platforms and never on others.
        if not self._selector.get_map():
            time.sleep(wait)
            return
        for key, _ in self._selector.select(wait):
            key.data.read()
