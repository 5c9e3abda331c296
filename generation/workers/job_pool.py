"""Several jobs at once in one thread, while their slow parts run in others.

A job is a generator: it yields work that takes long and must not touch the database, and goes on
with what came of it. So all that a job writes is written by the thread that owns the connection.
"""

import logging
import os
import time
from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any

from django.db import OperationalError

from generation.workers import heartbeats

logger = logging.getLogger(__name__)

Work = Callable[[], Any]
Steps = Generator[Work, Any, None]


@dataclass(frozen=True, slots=True)
class Job:
    """`renew` says every five seconds that we are still at it; each step runs in a `context()`."""

    steps: Steps
    renew: Callable[[], object]
    context: Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class _Part:
    job: Job
    work: Work
    began: float


class JobPool:
    """The jobs under way. One that fails does not stop the others; see `finish`."""

    def __init__(self) -> None:
        self._under_way: dict[Future[Any], _Part] = {}
        self._renewed = time.monotonic()
        self._trouble: Exception | None = None

    def __len__(self) -> int:
        return len(self._under_way)

    @property
    def works(self) -> list[Work]:
        return [part.work for part in self._under_way.values()]

    @property
    def slowest(self) -> float:
        """For how many seconds the oldest of them has been running."""
        now = time.monotonic()
        return max((now - part.began for part in self._under_way.values()), default=0.0)

    def start(self, job: Job) -> None:
        self._advance(job, lambda: next(job.steps))

    def resume_ready(self, patience: float) -> None:
        """Lets jobs go on whose slow part is over; waits up to `patience` seconds for one."""
        done, _ = wait(self._under_way, min(patience, heartbeats.HEARTBEAT_EVERY), FIRST_COMPLETED)
        for future in done:
            job = self._under_way.pop(future).job
            self._advance(job, _continuation(job, future))
        self._renew()

    def finish(self) -> None:
        """Sees every job to its end; then raises what one of them has raised."""
        while self._under_way:
            self.resume_ready(heartbeats.HEARTBEAT_EVERY)
        if self._trouble is not None:
            raise self._trouble

    def _advance(self, job: Job, step: Callable[[], Work]) -> None:
        try:
            with job.context():
                work = step()
                self._under_way[_in_thread(work)] = _Part(job, work, time.monotonic())
        except StopIteration:
            return
        except Exception as error:
            logger.exception("a job ended in the middle")
            self._trouble = error

    def _renew(self) -> None:
        if time.monotonic() - self._renewed < heartbeats.HEARTBEAT_EVERY:
            return
        self._renewed = time.monotonic()
        try:
            heartbeats.send_heartbeat()
            for part in self._under_way.values():
                part.job.renew()
        except OperationalError:
            logger.warning("database not available while waiting for others")


def _continuation(job: Job, future: Future[Any]) -> Callable[[], Work]:
    error = future.exception()
    if error is not None:
        return lambda: job.steps.throw(error)
    return lambda: job.steps.send(future.result())


_idle: list[SimpleQueue[Callable[[], None]]] = []
"""Where the threads that have nothing to do wait for work: to start one takes as long as a step."""

# A forked process has none of its parent's threads.
os.register_at_fork(after_in_child=_idle.clear)


def _in_thread(work: Work) -> Future[Any]:
    """Runs `work` in a thread of its own, a daemon: whoever ends the worker need not wait for it.

    A copy of the context goes along: log lines of the thread keep the task they are about.
    """
    future: Future[Any] = Future()
    try:
        tasks = _idle.pop()
    except IndexError:
        tasks = SimpleQueue()
        Thread(target=_serve, args=(tasks,), daemon=True).start()
    tasks.put(partial(copy_context().run, _fulfil, future, work))
    return future


def _serve(tasks: SimpleQueue[Callable[[], None]]) -> None:
    while True:
        tasks.get()()
        _idle.append(tasks)


def _fulfil(future: Future[Any], work: Work) -> None:
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)
