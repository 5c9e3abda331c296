"""Polls tasks in flight: asks the gateway about what is due, writes down what it says."""

import logging
import time
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.db import OperationalError
from django.db.models import Q
from django.utils import timezone

from generation.gateway.failures import GatewayFailure
from generation.gateway.pollers import PollingPool
from generation.gateway.results import Phase, TaskReply
from generation.lifecycle import key_health, poll_claims
from generation.lifecycle.key_rotation import secrets_of
from generation.lifecycle.poll_results import (
    apply_failure,
    apply_no_key,
    apply_reply,
    key_accepted,
    overdue,
)
from generation.logs import bound
from generation.models import ApiKey, Reason, Task
from generation.scheduling.rescheduling import Rescheduler
from generation.workers.failpoints import failpoint
from generation.workers.gateway_clients import open_client
from generation.workers.poll_counter import count_polls

logger = logging.getLogger(__name__)

COLLECTED_AT_ONCE = 16
"""Answers written down before the database is asked again what is due."""

TIMEOUT = 10.0
"""Seconds one poll may take."""

SLOW = 2.0
"""Seconds after which an answer is read beside the task as it is by then."""


class Polls:
    """The polls of this process. Slow ones outlive the job that began them (see `process_polls`)."""

    def __init__(self) -> None:
        self._pool: PollingPool[UUID] = PollingPool(open_client, threads=poll_claims.THREADS)
        self._tasks: dict[UUID, tuple[Task, datetime, float]] = {}
        self._rescheduler = Rescheduler()

    def __len__(self) -> int:
        return len(self._pool)

    def close(self) -> None:
        self._pool.close()
        self._tasks.clear()

    def start_due(self) -> int:
        # Before anything else is asked for the time: the clock may be set while polls are claimed.
        asked_at = timezone.now()
        tasks = poll_claims.claim(self._pool.room, without=self._pool.under_way)
        if not tasks:
            return 0
        failpoint("poll-claimed")
        secrets, unreadable = secrets_of(tasks)
        for key in unreadable:
            logger.error("key %r cannot be decrypted", key)
        for task in tasks:
            if task.pk in secrets:
                self._tasks[task.pk] = task, asked_at, time.monotonic()
                self._pool.ask(task.pk, task.remote_id, secrets[task.pk], timeout=TIMEOUT)
            else:
                apply_no_key(task)
        count_polls(len(secrets))
        return len(tasks)

    def collect(self, patience: float) -> bool:
        """Writes down what has been answered; waits up to `patience` seconds for a first answer."""
        found = [
            (*self._tasks.pop(pk), answer)
            for pk, answer in self._pool.answers(patience, COLLECTED_AT_ONCE)
        ]
        for task, asked_at, began, answer in found:
            if time.monotonic() - began > SLOW:
                task.refresh_from_db()
            failpoint("poll-answered")
            with bound(task=task.pk, key=task.key_label):
                apply(task, answer, asked_at)
            failpoint("poll-applied")
            if isinstance(answer, TaskReply) and answer.phase is not Phase.RUNNING:
                self._rescheduler.task_ended(task, completed=bool(answer.outputs))
        self._rescheduler.reschedule()
        return bool(found)


@lru_cache(maxsize=1)
def process_polls() -> Polls:
    """This process's own: connections and slow polls are handed from one job to the next."""
    return Polls()


def close_polls() -> None:
    if process_polls.cache_info().currsize:
        process_polls().close()
        process_polls.cache_clear()


def apply(task: Task, answer: TaskReply | GatewayFailure, asked_at: datetime) -> None:
    """Writes down one answer. One task's trouble never stops the polls of the others.

    What counts against a deadline is when the poll began: the clock may be set while it lasts.
    Raises OperationalError when the database is not available.
    """
    try:
        if isinstance(answer, GatewayFailure):
            _wait_if_asked(task, answer)
            apply_failure(task, answer, asked_at)
            return
        _key_works(task)
        apply_reply(task, answer)
        if task.deadline_at is not None and asked_at > task.deadline_at:
            overdue(task, answer)
    except OperationalError:
        raise
    except Exception:
        logger.exception("task %s: could not apply what the gateway said", task.pk)


def _wait_if_asked(task: Task, failure: GatewayFailure) -> None:
    """Retry-After is meant for the key: no task of it is looked at before."""
    if failure.retry_after and task.key_id:
        until = timezone.now() + timedelta(seconds=failure.retry_after)
        keys = ApiKey.objects.filter(pk=task.key_id)
        keys.filter(Q(polls_wait_until=None) | Q(polls_wait_until__lt=until)).update(
            polls_wait_until=until
        )


def _key_works(task: Task) -> None:
    if task.reason == Reason.KEY and task.key_id:
        key_accepted(task)
        ApiKey.objects.filter(pk=task.key_id).update(**key_health.IN_ORDER)
