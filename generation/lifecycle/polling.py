"""Looks at tasks in flight: takes what is due, asks the gateway, writes down what it says.

Taking a task and scheduling its next look are one UPDATE, so a crash costs an interval.
"""

import logging
import math
import time
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from generation import clock
from generation.gateway.failures import GatewayFailure
from generation.gateway.pollers import PollingPool
from generation.gateway.results import Phase, TaskReply
from generation.lifecycle.poll_results import (
    apply_failure,
    apply_no_key,
    apply_reply,
    key_accepted,
    overdue,
)
from generation.logs import bound
from generation.models import ApiKey, Reason, Task
from generation.models.secrets import SecretUnreadable
from generation.scheduling.poll_schedule import jittered, next_poll
from generation.scheduling.rate_limits import poll_rate_limit
from generation.scheduling.rescheduling import Rescheduler
from generation.workers.failpoints import failpoint
from generation.workers.gateway_clients import open_client
from generation.workers.poll_counter import count_polls
from generation.workers.prepared_queries import Rows, Write, padded

logger = logging.getLogger(__name__)

THREADS = 64
"""Enough for 300 polls a second of 200 ms each; they start when they are needed (docs/workers.md)."""

COLLECTED_AT_ONCE = 16
"""Answers written down before the database is asked again what is due."""

STEP = 0.25
"""Seconds to which the pauses between polls are rounded at least."""

TIMEOUT = 10.0
"""Seconds one poll may take."""

SLOW = 2.0
"""Seconds after which an answer is read beside the task as it is by then."""

LONGEST_PLAN = timedelta(minutes=9)
"""No poll is planned further ahead."""


class Polls:
    """The polls of this process. Slow ones outlive the job that began them (see `process_polls`)."""

    def __init__(self) -> None:
        self._pool: PollingPool[UUID] = PollingPool(open_client, threads=THREADS)
        self._tasks: dict[UUID, tuple[Task, float]] = {}
        self._rescheduler = Rescheduler()

    def __len__(self) -> int:
        """How many are under way."""
        return len(self._pool)

    def close(self) -> None:
        self._pool.close()
        self._tasks.clear()

    def start_due(self) -> int:
        """Asks about what is due, as much as may be asked at once; how much that was."""
        tasks = claim(self._pool.room, without=self._pool.under_way)
        if not tasks:
            return 0
        failpoint("poll-claimed")
        keys = secrets({task.key_id for task in tasks if task.key_id})
        for task in tasks:
            if task.key_id in keys:
                self._tasks[task.pk] = task, time.monotonic()
                self._pool.ask(task.pk, task.remote_id, keys[task.key_id], timeout=TIMEOUT)
            else:
                apply_no_key(task)
        count_polls(sum(task.key_id in keys for task in tasks))
        return len(tasks)

    def collect(self, patience: float) -> bool:
        """Writes down what has been answered; waits up to `patience` seconds for a first answer."""
        found = [
            (*self._tasks.pop(pk), answer)
            for pk, answer in self._pool.answers(patience, COLLECTED_AT_ONCE)
        ]
        for task, asked, answer in found:
            if time.monotonic() - asked > SLOW:
                task.refresh_from_db()
            failpoint("poll-answered")
            with bound(task=task.pk, key=task.key_label):
                apply(task, answer)
            failpoint("poll-applied")
            if isinstance(answer, TaskReply) and answer.phase is not Phase.RUNNING:
                self._rescheduler.task_ended(task, completed=bool(answer.outputs))
        self._rescheduler.reschedule()
        return bool(found)


@lru_cache(maxsize=1)
def process_polls() -> Polls:
    """This process's own: connections and slow looks are handed from one job to the next."""
    return Polls()


def close_polls() -> None:
    """Closes the connections to the gateway until they are needed again."""
    if process_polls.cache_info().currsize:
        process_polls().close()
        process_polls.cache_clear()


_due = Rows(Task.objects.due_to_poll)


def claim(most: int, *, without: Collection[UUID] = ()) -> list[Task]:
    """Up to `most` due tasks that may be asked about now, each scheduled for its next look."""
    now = timezone.now()
    if most < 1 or not _due.any(now):
        return []
    waiting = _asked_to_wait(now)
    with transaction.atomic():
        tasks = _allowed(now, most, waiting, without)
        _forgive(tasks, now)
        for seconds, pks in _schedule(tasks):
            _plan(*padded(pks), next_poll_at=now + timedelta(seconds=seconds))
    return tasks


_asked_to_wait = Rows(
    lambda now: (
        ApiKey.objects.filter(polls_wait_until__gt=now).order_by().values_list("pk", flat=True)
    )
)
_plan = Write(lambda *pks: Task.objects.filter(pk__in=pks), polls=F("polls") + 1)


def _forgive(tasks: list[Task], now: datetime) -> None:
    """Time in which nobody looked does not count against the deadline, nor does a clock set forward."""
    for task in tasks:
        missed = clock.missed(task.next_poll_at or now, now)
        if missed and task.deadline_at is not None:
            task.deadline_at += missed
            Task.objects.filter(pk=task.pk).update(deadline_at=task.deadline_at)


def _allowed(
    now: datetime, most: int, waiting: Collection[UUID], without: Collection[UUID]
) -> list[Task]:
    """The first due, as many as may be asked about now; a key that may not holds up no other."""
    limits = poll_rate_limit()
    tasks: list[Task] = []
    while limits.left >= 1 and len(tasks) < most:
        keys = {*waiting, *limits.exhausted()}
        known = padded([*without, *(task.pk for task in tasks)])
        wanted = most - len(tasks)
        found = _first(len(keys))(now, *keys, *known)[:wanted]
        tasks += [task for task in found if limits.allows(task.key_id)]
        if len(found) < wanted:
            break
    return tasks


@lru_cache(maxsize=32)
def _first(keys: int) -> Rows[Task]:
    """The first of those due now, without those on so many keys, and without some tasks."""

    def make(now: datetime, *without: UUID) -> QuerySet[Task]:
        due = Task.objects.due_to_poll(now).exclude(key__in=without[:keys])
        due = due.exclude(pk__in=without[keys:]).order_by("next_poll_at")
        return due.select_for_update(skip_locked=True, of=("self",))[:THREADS]

    return Rows(make)


def _schedule(tasks: list[Task]) -> Iterator[tuple[float, list[UUID]]]:
    """Groups of tasks with the seconds until their next look."""
    now = timezone.now()
    groups: dict[float, list[UUID]] = {}
    for task in tasks:
        groups.setdefault(_rounded(jittered(next_poll(task, now))), []).append(task.pk)
    yield from groups.items()


def _rounded(seconds: float) -> float:
    """To a few values, so that one UPDATE serves many tasks: by about a fortieth."""
    step = STEP * 2.0 ** max(0, int(math.log2(max(seconds, 1.0) / 10)))
    return max(step, round(seconds / step) * step)


def reschedule_far_polls() -> None:
    """Makes due what the clock, set back, has put out of reach."""
    now = timezone.now()
    far = clock.farthest(now, LONGEST_PLAN)
    Task.objects.filter(state=Task.State.PROCESSING, next_poll_at__gt=far).update(next_poll_at=now)


_keys = Rows(lambda *pks: ApiKey.objects.filter(pk__in=pks).order_by())


def secrets(key_ids: Collection[UUID]) -> dict[UUID, str]:
    """The keys in clear, without those that cannot be decrypted."""
    found = {}
    for key in _keys(*padded(key_ids)) if key_ids else ():
        try:
            found[key.pk] = key.reveal()
        except SecretUnreadable:
            logger.error("key %r cannot be decrypted", key)
    return found


def apply(task: Task, answer: TaskReply | GatewayFailure) -> None:
    """Writes down one answer. One task's trouble never stops the looks at the others.

    Raises OperationalError when the database is not available.
    """
    try:
        if isinstance(answer, GatewayFailure):
            _wait_if_asked(task, answer)
            apply_failure(task, answer)
            return
        _key_works(task)
        apply_reply(task, answer)
        if task.deadline_at is not None and timezone.now() > task.deadline_at:
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
        ApiKey.objects.filter(pk=task.key_id).update(paused_at=None, last_error="")
