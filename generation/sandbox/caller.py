"""Calls the `callback_url` of tasks when their status changes: one thread, best effort.

What is due is kept in memory only, nothing is tried twice, and only this machine and one named
host are called: a sandbox must not be a way to make requests anywhere else.
"""

import http.client
import json
import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from heapq import heappop, heappush
from ipaddress import ip_address
from itertools import count
from threading import Condition, Thread
from typing import Any
from urllib.parse import SplitResult, urlsplit

logger = logging.getLogger(__name__)

TIMEOUT = 3.0
LOOK_AGAIN = 0.5
"""Seconds until a task whose result is still being made is looked at again."""

LONGEST_WAIT = 0.25
"""The clock may be a test's: it is asked this often."""

MOST_WAITING = 10_000

State = Callable[[], dict[str, Any]]
"""What a poll would say of a task now."""


@dataclass(frozen=True, order=True, slots=True)
class _Call:
    """One call to make at `at`; the last one of a task waits until the task has ended."""

    at: float
    number: int
    last: bool = field(compare=False)
    url: str = field(compare=False)
    state: State = field(compare=False)


class Caller:
    """Tells about each task twice: at once that it runs, later how it ended."""

    def __init__(self, clock: Callable[[], float], host: str = "") -> None:
        self._clock, self._host = clock, host
        self._changed = Condition()
        self._waiting: list[_Call] = []
        self._numbers = count()
        self._open = True
        self._thread = Thread(target=self._run, name="callbacks", daemon=True)
        self._thread.start()

    def expect(self, url: str, due: float, state: State) -> None:
        """Calls `url` now, and once the task has ended, at `due` at the earliest."""
        if not is_allowed(url, self._host):
            logger.warning("A callback address is of another machine and is left out")
        elif len(self._waiting) < MOST_WAITING:
            self._add(self._clock(), url, state, last=False)
            self._add(due, url, state, last=True)

    def close(self) -> None:
        """Forgets what is due and waits for the call in hand."""
        with self._changed:
            self._open = False
            self._changed.notify()
        self._thread.join(2 * TIMEOUT)

    def _add(self, at: float, url: str, state: State, *, last: bool) -> None:
        with self._changed:
            heappush(self._waiting, _Call(at, next(self._numbers), last, url, state))
            self._changed.notify()

    def _run(self) -> None:
        while (call := self._next()) is not None:
            try:
                self._make(call)
            except Exception as error:
                logger.warning("A callback did not get through: %s", type(error).__name__)

    def _next(self) -> _Call | None:
        with self._changed:
            while self._open:
                if self._waiting and self._waiting[0].at <= self._clock():
                    return heappop(self._waiting)
                self._changed.wait(LONGEST_WAIT if self._waiting else None)
        return None

    def _make(self, call: _Call) -> None:
        said = call.state()
        if call.last and said["status"] == "in_progress":
            self._add(self._clock() + LOOK_AGAIN, call.url, call.state, last=True)
        else:
            post(call.url, {name: said[name] for name in ("id", "model", "status")})


def is_allowed(url: str, host: str = "") -> bool:
    try:
        parts = urlsplit(url)
        name, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not name:
        return False
    return name in ("localhost", host) or _is_loopback(name)


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def post(url: str, body: dict[str, Any]) -> int:
    parts = urlsplit(url)
    path = parts.path or "/"
    with closing(_connection(parts)) as connection:
        connection.request(
            "POST",
            f"{path}?{parts.query}" if parts.query else path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        return connection.getresponse().status


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
