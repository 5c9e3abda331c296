"""One service over time: started, watched, started again."""

import selectors
import signal
import time
from collections.abc import Sequence

from generation.supervisor.child import Child
from generation.supervisor.guardian import Guardian
from generation.supervisor.output import Printer
from generation.supervisor.service import Service

# Seconds before a service that ended by itself is started again; the last one repeats.
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
# After this many seconds a start counts as good, and the pauses begin anew.
SETTLED = 60.0


class Runner:
    """Keeps one service running; its output waits in `selector` under this runner."""

    def __init__(
        self,
        service: Service,
        printer: Printer,
        selector: selectors.BaseSelector,
        guardian: Guardian | None = None,
        *,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self.service = service
        self.child: Child | None = None
        self.failures = 0
        self._printer = printer
        self._selector = selector
        self._guardian = guardian
        self._pauses = pauses
        self._due = 0.0

    def say(self, text: str) -> None:
        self._printer.line(self.service.name, text)

    def start(self) -> None:
        """Starts the service; one that cannot be started is tried again like one that ended."""
        try:
            child = Child(self.service)
        except OSError as error:
            self._start_later(f"cannot be started ({error})")
            return
        if self._guardian:
            self._guardian.add(child.pid)
        self._selector.register(child.fd, selectors.EVENT_READ, self)
        self.child = child

    def check(self) -> None:
        """Starts what is due, starts again what ended, replaces what hangs."""
        if self.child is None:
            if time.monotonic() >= self._due:
                self.start()
        elif self.child.has_ended():
            if self.child.uptime > SETTLED:
                self.failures = 0
            self._start_later(describe(self.end()))
        elif self.service.probe and (reason := self.service.probe(self.child.uptime)):
            self.say(f"is replaced: {reason}")
            self.end()
            self.start()

    def read(self) -> None:
        """Passes on what the service wrote."""
        assert self.child is not None
        lines = self.child.read()
        if lines is None:
            self._selector.unregister(self.child.fd)
        for line in lines or ():
            self.say(line)

    def end(self) -> int:
        """Ends the current process and its whole tree at once; returns the exit code."""
        child, self.child = self.child, None
        assert child is not None
        code = child.finish()
        if child.fd in self._selector.get_map():
            self._selector.unregister(child.fd)
        for line in child.close():
            self.say(line)
        if self._guardian:
            self._guardian.remove(child.pid)
        return code

    def _start_later(self, reason: str) -> None:
        pause = self._pauses[min(self.failures, len(self._pauses) - 1)]
        self.failures += 1
        self._due = time.monotonic() + pause
        self.say(f"{reason}, starts again in {pause:g} s")


def describe(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
