"""Waking the workers. The database is the truth; a lost bell costs a minute, never a task."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import OperationalError, transaction
from django.utils import timezone
from django_q.models import Schedule
from django_q.tasks import async_task

from generation.models import Lease

logger = logging.getLogger(__name__)

WATCH = "generation.jobs.watch"

UNHEARD = timedelta(seconds=5)
"""A bell that nobody has answered for so long may be lost: the next one is rung again."""


def _enqueue(job: str, *args: Any, cluster: str) -> None:
    try:
        # Named always: left out, django-q2 takes the cluster of the process that rings.
        async_task(job, *args, q_options={"cluster": cluster})
    except Exception:
        # The task's row is safe; the watchdog rings again within a minute.
        logger.exception("could not ring %s", job)


def ring(job: str, *args: Any, cluster: str = "default") -> None:
    """Enqueues the job of that dotted name once the current transaction is committed."""
    act: Callable[[], None] = partial(_enqueue, job, *args, cluster=cluster)
    transaction.on_commit(act)


def ring_submit() -> None:
    """Wakes a sender once the current transaction is committed."""
    transaction.on_commit(partial(_wake, "submit"))


def ring_archive() -> None:
    """Wakes an archiver once the current transaction is committed."""
    transaction.on_commit(partial(_wake, "archive"))


def answered(job: str) -> None:
    """A worker comes to look: who has work from now on must ring again. Call before looking."""
    try:
        Lease.objects.filter(name=f"bell:{job}").update(expires_at=timezone.now())
    except OperationalError:
        logger.warning("database not available; the bell for %s ends by itself", job)


def _wake(job: str) -> None:
    """Rings unless a bell waits to be answered: that worker will see this work as well.

    A batch of two thousand would otherwise make two thousand jobs, nearly all for nothing.
    """
    if not _waits(job):
        _enqueue(f"generation.jobs.{job}", cluster="default")


def _waits(job: str) -> bool:
    """Whether an unanswered bell is on its way; if not, the caller's is from now on."""
    now = timezone.now()
    try:
        bell, _ = Lease.objects.get_or_create(name=f"bell:{job}", defaults={"expires_at": now})
        # One from further ahead than any could be was written before the clock was set back.
        if now < bell.expires_at <= now + 2 * UNHEARD:
            return True
        seen = Lease.objects.filter(name=bell.name, expires_at=bell.expires_at)
        return not seen.update(expires_at=now + UNHEARD)
    except OperationalError:
        return False


def ring_watch_if_put_off() -> None:
    """Rings for the watchdog when the clock was set back before the minute of its next visit."""
    now = timezone.now()
    far = Schedule.objects.filter(func=WATCH, next_run__gt=now + timedelta(minutes=2))
    if far.exists() and far.update(next_run=now + timedelta(minutes=1)):
        ring(WATCH)
