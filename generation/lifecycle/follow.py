"""The baton pump: one chain of short jobs looks at every task in flight (workers.md 7).

Whoever holds the lease `pump` looks; at the end of its time it hands the baton to the next
job. Claiming a task and scheduling its next look are one UPDATE, so a crash costs an interval.
"""

import logging
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.db import OperationalError, transaction
from django.utils import timezone

from generation.gateway.failures import GatewayFailure
from generation.gateway.pollers import PollingPool
from generation.gateway.results import TaskReply
from generation.models import ApiKey, Lease, Output, Task
from generation.models.secrets import SecretUnreadable

from .bells import ring, ring_archive, ring_submit
from .clients import open_client
from .crashpoints import crash
from .outcome import apply_failure, apply_no_key, apply_reply, key_accepted, overdue
from .pacing import interval, jitter
from .vitals import beat, mend_connection

logger = logging.getLogger(__name__)

NAME = "pump"
TTL = timedelta(seconds=20)
"""As long as a round can take: 5 s of polls, and 10 s for the last ones to give up."""

BUDGET = 8.0
"""Seconds one job looks; short enough to end by itself when the cluster is told to stop."""

RENEW_EVERY = 5.0
REST = 0.25
BATCH = 200
SLICES = 4
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
    end, renewed, rung = time.monotonic() + budget, time.monotonic(), 0.0
    with PollingPool(open_client, threads=32) as pool:
        while time.monotonic() < end:
            beat()
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
        for pk, answer in pool.fetch_many(asked, timeout=10, within=RENEW_EVERY):
            crash("follow-answered")
            _apply(tasks[pk], answer)
            crash("follow-applied")
    except OperationalError:
        logger.warning("database not available; looking again in a second")
        mend_connection()
        time.sleep(1)
    return True


def _claim() -> dict[UUID, Task]:
    """The due tasks, each already scheduled for its next look."""
    due = Task.objects.due_to_poll()
    if not due.exists():
        return {}
    now = timezone.now()
    with transaction.atomic():
        tasks = list(
            due.select_for_update(skip_locked=True, of=("self",)).order_by("next_poll_at")[:BATCH]
        )
        for seconds, pks in _schedule(tasks):
            Task.objects.filter(pk__in=pks).update(next_poll_at=now + timedelta(seconds=seconds))
    return {task.pk: task for task in tasks}


def _schedule(tasks: list[Task]) -> Iterator[tuple[float, list[UUID]]]:
    """Groups of tasks with the seconds until their next look: by age, each in four slices."""
    now = timezone.now()
    groups: dict[float, list[UUID]] = {}
    for task in tasks:
        age = (now - (task.accepted_at or task.created_at)).total_seconds()
        wait = interval(age) if task.unreachable_since is None else max(interval(age), 10.0)
        groups.setdefault(wait, []).append(task.pk)
    for wait, pks in groups.items():
        for part in range(SLICES):
            if pks[part::SLICES]:
                yield wait * jitter(), pks[part::SLICES]


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


def _key_works(task: Task) -> None:
    if task.reason == "key" and task.key_id:
        key_accepted(task)
        ApiKey.objects.filter(pk=task.key_id).update(paused_at=None, last_error="")
