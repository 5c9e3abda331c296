"""Waking the workers. The database is the truth; a lost bell costs a minute, never a task."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django_q.tasks import async_task

logger = logging.getLogger(__name__)


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
    ring("generation.jobs.submit")


def ring_archive() -> None:
    ring("generation.jobs.archive")
