"""The baton pump: one chain of short jobs looks at every task in flight (workers.md 7).

Whoever holds the lease `pump` looks; at the end of its time it hands the baton to the next
job. Claiming a task and scheduling its next look are one UPDATE, so a crash costs an interval.
"""

import logging
import math
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from generation.gateway.failures import GatewayFailure
from generation.gateway.pollers import PollingPool
from generation.gateway.results import TaskReply
from generation.models import ApiKey, Lease, Output, Task
from generation.models.secrets import SecretUnreadable
from viduweb.logs import bound

from .bells import ring, ring_archive, ring_submit
from .clients import open_client
from .crashpoints import crash
from .outcome import apply_failure, apply_no_key, apply_reply, key_accepted, overdue
from .pacing import jitter, next_look
from .places import refresh
from .tally import count_polls, write_polls
from .throttle import throttle
from .vitals import beat, mend_connection

logger = logging.getLogger(__name__)

NAME = "pump"
TTL = timedelta(seconds=20)
"""As long as a round can take: 5 s of polls, and 10 s for the last ones to give up."""

BUDGET = 8.0
"""Seconds one job looks; short enough to end by itself when the cluster is told to stop."""

RENEW_EVERY = 5.0
REST = 0.25
STEP = 0.25
BATCH = 200
THREADS = 48
"""Enough for 240 polls a second of 200 ms each; they start when they are needed (workers.md 7)."""

FOLLOWED = Task.State.PROCESSING

RING_EVERY = 5.0
SOON = timedelta(seconds=90)
"""What is to be tried again within this time waits for the pump; the rest for the watchdog."""


def ensure_pump() -> bool:
    """Starts the chain unless someone holds the baton; True when it was started."""
    token = uuid.uuid4().hex
    now = timezone.now()
    Lease.objects.get_or_create(name=NAME, defaults={"expires_at": now - TTL})
    if not Lease.objects.filter(name=NAME, expires_at__lt=now).update(
        token=token, expires_at=now + TTL
    ):
        return False
    ring("generation.jobs.follow", token, cluster="poll")
    return True


def resume() -> None:
    """Starts the chain if there is work for it and nobody holds the baton."""
    if in_flight():
        ensure_pump()


def in_flight() -> bool:
    """Whether there is something to follow, or something to try again soon."""
    soon = timezone.now() + SOON
    return (
        Task.objects.filter(state=FOLLOWED).exists()
        or Task.objects.to_retry(soon).exists()
        or Output.objects.to_retry(soon).exists()
    )


def pump(token: str, *, budget: float = BUDGET) -> str:
    """Looks at due tasks for `budget` seconds; returns how it ended, for logs and tests.

    A job with an old token is a stale duplicate and ends at once.
    """
    if not _keep(token):
        return "stale"
    end, renewed, rung, refreshed = time.monotonic() + budget, time.monotonic(), 0.0, 0.0
    with PollingPool(open_client, threads=THREADS) as pool:
        while time.monotonic() < end:
            beat()
            if time.monotonic() > refreshed:
                refreshed = time.monotonic() + refresh()
            if time.monotonic() - renewed > RENEW_EVERY:
                if not _keep(token):
                    return "lost"
                renewed = time.monotonic()
            if time.monotonic() - rung > RING_EVERY and _ring_retries():
                rung = time.monotonic()
            if _look(pool):
                continue
            if not in_flight():
                break
            time.sleep(REST)
    write_polls()
    return _hand_over(token)


def _keep(token: str, new: str | None = None, ttl: timedelta = TTL) -> bool:
    mine = Lease.objects.filter(name=NAME, token=token)
    return bool(mine.update(token=new or token, expires_at=timezone.now() + ttl))


def _hand_over(token: str) -> str:
    if in_flight():
        new = uuid.uuid4().hex
        if not _keep(token, new):
            return "lost"
        crash("follow-before-baton")
        ring("generation.jobs.follow", new, cluster="poll")
        return "handed over"
    # Drop the baton first, then look once more: a task accepted in between is not forgotten.
    _keep(token, ttl=timedelta(seconds=-1))
    resume()
    return "idle"


def _ring_retries() -> bool:
    """Rings for what failed before and may be tried again now; True if there was anything."""
    now = timezone.now()
    sends, saves = Task.objects.to_retry(now).exists(), Output.objects.to_retry(now).exists()
    if sends:
        ring_submit()
    if saves:
        ring_archive()
    return sends or saves


def _look(pool: PollingPool) -> bool:
    """One round; False if nothing was due."""
    try:
        tasks = _claim()
        if not tasks:
            return False
        crash("follow-claimed")
        secrets = _secrets({task.key_id for task in tasks.values() if task.key_id})
        asked = []
        for task in tasks.values():
            if task.key_id in secrets:
                asked.append((task.pk, task.remote_id, secrets[task.key_id]))
            else:
                apply_no_key(task)
        count_polls(len(asked))
        for pk, answer in pool.fetch_many(asked, timeout=10, within=RENEW_EVERY):
            crash("follow-answered")
            with bound(task=pk, key=tasks[pk].key_label):
                _apply(tasks[pk], answer)
            crash("follow-applied")
    except OperationalError:
        logger.warning("database not available; looking again in a second")
        mend_connection()
        time.sleep(1)
    return True


def _claim() -> dict[UUID, Task]:
    """The due tasks that may be asked about now, each already scheduled for its next look."""
    due = Task.objects.due_to_poll()
    if not due.exists():
        return {}
    now = timezone.now()
    asked_to_wait = ApiKey.objects.filter(polls_wait_until__gt=now).values_list("pk", flat=True)
    due = due.exclude(key__in=list(asked_to_wait)).order_by("next_poll_at")
    with transaction.atomic():
        tasks = _allowed(due.select_for_update(skip_locked=True, of=("self",)))
        for seconds, pks in _schedule(tasks):
            Task.objects.filter(pk__in=pks).update(
                next_poll_at=now + timedelta(seconds=seconds), polls=F("polls") + 1
            )
    return {task.pk: task for task in tasks}


def _allowed(due: QuerySet[Task]) -> list[Task]:
    """The first of `due`, as many as may be asked about now; a key that may not holds up no other."""
    limits = throttle()
    tasks: list[Task] = []
    while limits.left >= 1 and len(tasks) < BATCH:
        rest = due.exclude(key__in=limits.exhausted()).exclude(pk__in=[task.pk for task in tasks])
        found = list(rest[:BATCH])
        tasks += [task for task in found if limits.allows(task.key_id)]
        if len(found) < BATCH:
            break
    return tasks


def _schedule(tasks: list[Task]) -> Iterator[tuple[float, list[UUID]]]:
    """Groups of tasks with the seconds until their next look."""
    now = timezone.now()
    groups: dict[float, list[UUID]] = {}
    for task in tasks:
        groups.setdefault(_rounded(next_look(task, now) * jitter()), []).append(task.pk)
    yield from groups.items()


def _rounded(seconds: float) -> float:
    """To a few values, so that one UPDATE serves many tasks: by about a twentieth."""
    step = STEP * 2.0 ** max(0, int(math.log2(max(seconds, 1.0) / 5)))
    return max(step, round(seconds / step) * step)


def _secrets(key_ids: set[UUID]) -> dict[UUID, str]:
    secrets = {}
    for key in ApiKey.objects.filter(pk__in=key_ids):
        try:
            secrets[key.pk] = key.reveal()
        except SecretUnreadable:
            logger.error("key %r cannot be decrypted", key)
    return secrets


def _apply(task: Task, answer: TaskReply | GatewayFailure) -> None:
    """One task's trouble never stops the round."""
    try:
        if isinstance(answer, GatewayFailure):
            _wait_if_asked(task, answer)
            apply_failure(task, answer)
            return
        _key_works(task)
        apply_reply(task, answer)
        if task.deadline_at is not None and timezone.now() > task.deadline_at:
            overdue(task)
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
    if task.reason == "key" and task.key_id:
        key_accepted(task)
        ApiKey.objects.filter(pk=task.key_id).update(paused_at=None, last_error="")
