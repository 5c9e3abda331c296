"""One service over time: started, watched, started again; its output in the one stream of all."""

import selectors
import signal
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Protocol

import psutil

from generation.logs import service_line

from .process import ManagedProcess
from .reaper import Reaper
from .services import Service

# Seconds before a service that ended by itself is started again; the last one repeats.
RESTART_DELAYS = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
# After this many seconds a start counts as good, and the delays begin anew.
HEALTHY_UPTIME = 60.0
# What is replaced though it works, in part, may finish what it is doing for so many
# seconds.
STOP_TIMEOUT = 12.0
LOOKUP_INTERVAL = 2.0


class Stream(Protocol):
    def write(self, text: str, /) -> object: ...
    def flush(self) -> object: ...


class Printer:
    """Writes `name | text`, or JSON that names the service; silent when nobody reads any more."""

    def __init__(self, stream: Stream, names: Iterable[str], *, as_json: bool = False) -> None:
        self._stream = stream
        self._as_json = as_json
        self._width = max(map(len, names), default=0)

    def line(self, name: str, text: str) -> None:
        if self._as_json:
            self.plain(service_line(name, text))
        else:
            self.plain(f"{name:<{self._width}} | {text}")

    def plain(self, text: str) -> None:
        try:
            self._stream.write(f"{text}\n")
            self._stream.flush()
        except (OSError, ValueError):
            # A closed terminal or pipe is no reason to stop the services.
            pass


class Runner:
    """Keeps one service running; its output waits in `selector` under this runner."""

    def __init__(
        self,
        service: Service,
        printer: Printer,
        selector: selectors.BaseSelector,
        reaper: Reaper | None = None,
        *,
        restart_delays: Sequence[float] = RESTART_DELAYS,
    ) -> None:
        self.service = service
        self.process: ManagedProcess | None = None
        self.failures = 0
        self._printer = printer
        self._selector = selector
        self._reaper = reaper
        self._restart_delays = restart_delays
        self._start_at = 0.0
        self._critical_process = (
            CriticalProcess(service.critical_process) if service.critical_process else None
        )
        self._stop_deadline: float | None = None

    def log(self, text: str) -> None:
        self._printer.line(self.service.name, text)

    def start(self) -> None:
        """Starts the service; one that cannot be started is tried again like one that ended."""
        try:
            process = ManagedProcess(self.service)
        except OSError as error:
            self._schedule_start(f"cannot be started ({error})")
            return
        if self._reaper:
            self._reaper.add(process.pid)
        self._selector.register(process.fd, selectors.EVENT_READ, self)
        self.process = process

    def check(self) -> None:
        if self.process is None:
            if time.monotonic() >= self._start_at:
                self.start()
        elif self._stop_deadline is not None:
            if self.process.has_ended() or time.monotonic() > self._stop_deadline:
                self.kill()
                self.start()
        elif self.process.has_ended():
            if self.process.uptime > HEALTHY_UPTIME:
                self.failures = 0
            self._schedule_start(exit_reason(self.kill()))
        elif self.service.probe and (reason := self.service.probe(self.process.uptime)):
            self.log(f"is replaced: {reason}")
            self.kill()
            self.start()
        elif self._critical_process and (
            reason := self._critical_process.unhealthy_reason(self.process.pid)
        ):
            self.log(f"is replaced: {reason}")
            self._stop_deadline = time.monotonic() + STOP_TIMEOUT
            self.process.terminate()

    def forward_output(self) -> None:
        assert self.process is not None
        lines = self.process.read_lines()
        if lines is None:
            self._selector.unregister(self.process.fd)
        for line in lines or ():
            self.log(line)

    def kill(self) -> int:
        process, self.process = self.process, None
        self._stop_deadline = None
        assert process is not None
        code = process.reap()
        if process.fd in self._selector.get_map():
            self._selector.unregister(process.fd)
        for line in process.close():
            self.log(line)
        if self._reaper:
            self._reaper.remove(process.pid)
        return code

    def _schedule_start(self, reason: str) -> None:
        pause = self._restart_delays[min(self.failures, len(self._restart_delays) - 1)]
        self.failures += 1
        self._start_at = time.monotonic() + pause
        self.log(f"{reason}, starts again in {pause:g} s")


def exit_reason(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


class CriticalProcess:
    """A descendant that must not be another one all of a sudden; its title ends with `name`.

    django-q2 starts a new monitor when one dies, but that one never gets the lock under which the
    results are read: it died with the old one. Jobs then run, and none is ever acknowledged.
    """

    def __init__(self, name: str) -> None:
        self._ending = f" {name}"
        self._leader = self._pid = 0
        self._next_lookup = 0.0

    def unhealthy_reason(self, leader: int) -> str | None:
        """Why the service led by the process `leader` has to be replaced; looks now and then."""
        now = time.monotonic()
        if now < self._next_lookup and leader == self._leader:
            return None
        self._next_lookup = now + LOOKUP_INTERVAL
        if leader != self._leader:
            self._leader, self._pid = leader, 0
        found = self._find()
        if not found or self._pid in (0, found):
            self._pid = self._pid or found
            return None
        return f"its{self._ending} died, and a new one alone does not get hold of the results"

    def _find(self) -> int:
        with suppress(psutil.Error):
            for process in psutil.Process(self._leader).children(recursive=True):
                with suppress(psutil.Error):
                    if " ".join(process.cmdline()).rstrip().endswith(self._ending):
                        return int(process.pid)
        return 0
