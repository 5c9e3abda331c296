"""Waking the workers. The database is the truth; a lost wakeup costs a minute, never a task."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import OperationalError, transaction
from django.utils import timezone
from django_q.models import Schedule
from django_q.tasks import async_task

from generation import clock
from generation.models import Lease, LeaseKind
from generation.workers.clusters import DISPATCHING
from generation.workers.prepared_queries import Rows

logger = logging.getLogger(__name__)

RECONCILE = "generation.jobs.reconcile"
RECONCILE_EVERY = timedelta(minutes=1)
"""As the schedule says (generation/apps.py)."""

LOST_AFTER = timedelta(seconds=5)
"""A wakeup that nobody has acknowledged for so long may be lost: the next one is sent."""


def _enqueue(job: str, *args: Any, cluster: str) -> None:
    try:
        # Named always: left out, django-q2 takes the cluster of the process that asks.
        async_task(job, *args, q_options={"cluster": cluster})
    except Exception:
        # The task's row is safe; `reconcile` wakes again within a minute.
        logger.exception("could not wake %s", job)


def wake(job: str, *args: Any, cluster: str = DISPATCHING) -> None:
    """Enqueues the job of that dotted name once the current transaction is committed."""
    act: Callable[[], None] = partial(_enqueue, job, *args, cluster=cluster)
    transaction.on_commit(act)


def wake_dispatch() -> None:
    transaction.on_commit(partial(_wake_unless_pending, "dispatch"))


def wake_archive() -> None:
    transaction.on_commit(partial(_wake_unless_pending, "archive"))


_ends = Rows(lambda name: Lease.objects.filter(pk=name).values_list("expires_at", flat=True))


def acknowledge(job: str) -> None:
    """A worker comes to look: who has work from now on must wake again. Call before looking."""
    try:
        Lease.objects.filter(name=LeaseKind.WAKEUP.key(job)).update(expires_at=timezone.now())
    except OperationalError:
        logger.warning("database not available; the wakeup for %s ends by itself", job)


def _wake_unless_pending(job: str) -> None:
    """Wakes unless a wakeup is on its way: that worker will see this work as well.

    A batch of two thousand would otherwise make two thousand jobs, nearly all for nothing.
    """
    if not _is_pending(job):
        _enqueue(f"generation.jobs.{job}", cluster=DISPATCHING)


def _is_pending(job: str) -> bool:
    """Whether a wakeup is on its way; if not, the caller's is from now on."""
    now = timezone.now()
    try:
        name = LeaseKind.WAKEUP.key(job)
        ends = _ends.first(name)
        if ends is None:
            wakeup, _ = Lease.objects.get_or_create(name=name, defaults={"expires_at": now})
            ends = wakeup.expires_at
        if clock.lasts(ends, now, LOST_AFTER):
            return True
        return not Lease.objects.filter(name=name, expires_at=ends).update(
            expires_at=now + LOST_AFTER
        )
    except OperationalError:
        return False


def wake_reconcile_if_delayed() -> None:
    now = timezone.now()
    far = Schedule.objects.filter(func=RECONCILE, next_run__gt=clock.farthest(now, RECONCILE_EVERY))
    if far.exists() and far.update(next_run=now + RECONCILE_EVERY):
        wake(RECONCILE)
