"""The poller: one chain of short jobs asks about every task in flight (docs/workers.md).

Whoever holds the poll lease asks; at the end of its time it hands the lease to the next job.
"""

import logging
import math
import time
import uuid
from datetime import timedelta
from functools import partial

from django.db import OperationalError
from django.db.models import Q
from django.utils import timezone

from generation import clock
from generation.lifecycle.poll_claims import reschedule_far_polls
from generation.lifecycle.polling import Polls, close_polls, process_polls
from generation.models import Lease, LeaseKind, Output, Task
from generation.scheduling.queue_position import refresh_waiting_cards
from generation.workers.clusters import POLLING
from generation.workers.database import reconnect, retry_on_db_error
from generation.workers.failpoints import failpoint
from generation.workers.heartbeats import send_heartbeat
from generation.workers.poll_counter import write_polls
from generation.workers.prepared_queries import Rows
from generation.workers.wakeups import (
    LOST_AFTER,
    wake,
    wake_archive,
    wake_dispatch,
    wake_reconcile_if_delayed,
)

logger = logging.getLogger(__name__)

LEASE_NAME = LeaseKind.POLLER.key()
LEASE_TTL = timedelta(seconds=20)
"""Renewed every few seconds, so it outlasts a database that takes its time."""

BUDGET = 8.0
"""Seconds one job polls; short enough to end by itself when the cluster is told to stop."""

DRAIN = 1.0
"""Seconds it then waits for the last answers. Slower ones are taken by this process's next job."""

PATIENCE = 10.0
"""Seconds a database may take to be back at the begin and at the end of a job."""

BEGIN_EVERY, REST = 0.1, 0.25
"""Seconds between two questions to the database what is due: when there is MUCH, and else."""

MUCH = 16
"""Polls begun at once."""

RENEW_EVERY, RETRIES_EVERY, WAKE_EVERY = 5.0, 1.0, 5.0
"""Seconds between two renewals of the lease, two looks for what is to be tried again, and two
wakeups for that."""

POLLED = Task.State.PROCESSING

SOON = timedelta(seconds=90)
"""What is to be tried again within this time waits for the poller; the rest for `reconcile`."""


_held = Rows(lambda since, to: Lease.objects.filter(name=LEASE_NAME, expires_at__range=(since, to)))


def ensure_poller() -> bool:
    """Starts the chain unless someone holds the lease; True when it was started."""
    now = timezone.now()
    farthest = clock.farthest(now, LEASE_TTL)
    if _held.any(now, farthest):
        return False
    token = uuid.uuid4().hex
    Lease.objects.get_or_create(name=LEASE_NAME, defaults={"expires_at": now - LEASE_TTL})
    free = Q(expires_at__lt=now) | Q(expires_at__gt=farthest)
    if not Lease.objects.filter(free, name=LEASE_NAME).update(
        token=token, expires_at=now + LEASE_TTL
    ):
        return False
    wake("generation.jobs.poll", token, cluster=POLLING)
    return True


def resume_poller() -> None:
    if in_flight():
        ensure_poller()


def in_flight() -> bool:
    soon = timezone.now() + SOON
    return _followed.any() or _unsent.any(soon) or _unsaved.any(soon)


_followed = Rows(lambda: Task.objects.filter(state=POLLED))
_unsent = Rows(Task.objects.to_retry)
_unsaved = Rows(Output.objects.due)
_failed_to_save = Rows(Output.objects.to_retry)


def run_poller(token: str, *, budget: float = BUDGET) -> str:
    """Looks at due tasks for `budget` seconds; returns how it ended, for logs and tests.

    A job with an old token is a stale duplicate and ends at once. A database that is not
    available is waited for; only the end of the lease hands the work to somebody else.
    """
    if not retry_on_db_error(partial(_keep, token), patience=PATIENCE):
        return "stale"
    mine, rounds = process_polls(), _Chores()
    end = time.monotonic() + budget
    while time.monotonic() < end:
        try:
            if rounds.lost(token):
                return "lost"
            if not _step(mine, rounds) and not len(mine) and not in_flight():
                break
        except OperationalError:
            _wait_for_database()
    _drain(mine)
    write_polls()
    return retry_on_db_error(partial(_hand_over, token), patience=PATIENCE)


class _Chores:
    """What the poller does beside asking, each at its own pace."""

    def __init__(self) -> None:
        now = time.monotonic()
        self._renewed, self._refresh_at = now, now
        self._woken = self._retried = self._begin_at = -math.inf

    def lost(self, token: str) -> bool:
        """Heartbeats, queue positions, the lease; whether somebody else holds it now."""
        send_heartbeat()
        now = time.monotonic()
        if now >= self._refresh_at:
            self._refresh_at = now + refresh_waiting_cards()
        if now - self._renewed > RENEW_EVERY:
            if not _keep(token):
                return True
            self._renewed = now
            reschedule_far_polls()
            wake_reconcile_if_delayed()
        if now - self._woken > WAKE_EVERY and now - self._retried > RETRIES_EVERY:
            self._retried = now
            if _wake_for_retries():
                self._woken = now
        return False

    def begin(self, mine: Polls) -> bool:
        now = time.monotonic()
        if now < self._begin_at:
            return False
        begun = mine.start_due()
        self._begin_at = now + (BEGIN_EVERY if begun >= MUCH else REST)
        return begun > 0

    @property
    def pause(self) -> float:
        return max(0.0, self._begin_at - time.monotonic())


def _step(mine: Polls, rounds: _Chores) -> bool:
    begun = rounds.begin(mine)
    taken = mine.collect(0.0 if begun else BEGIN_EVERY)
    if not begun and not taken and not len(mine):
        time.sleep(rounds.pause)
    return begun or taken


def _drain(mine: Polls) -> None:
    end = time.monotonic() + DRAIN
    while len(mine) and (left := end - time.monotonic()) > 0:
        try:
            mine.collect(left)
        except OperationalError:
            _wait_for_database()


def _wait_for_database() -> None:
    logger.warning("database not available; looking again in a second")
    reconnect()
    time.sleep(1)


def _keep(token: str, new: str | None = None, ttl: timedelta = LEASE_TTL) -> bool:
    mine = Lease.objects.filter(name=LEASE_NAME, token=token)
    return bool(mine.update(token=new or token, expires_at=timezone.now() + ttl))


def _hand_over(token: str) -> str:
    if in_flight():
        new = uuid.uuid4().hex
        if not _keep(token, new):
            return "lost"
        failpoint("poll-before-handover")
        wake("generation.jobs.poll", new, cluster=POLLING)
        return "handed over"
    close_polls()
    # Drop the lease first, then ask once more: a task accepted in between is not forgotten.
    _keep(token, ttl=timedelta(seconds=-1))
    resume_poller()
    return "idle"


def _wake_for_retries() -> bool:
    now = timezone.now()
    # One that was never tried has been woken for; the wakeup is lost when a worker dies with it.
    sends, saves = _unsent.any(now), _failed_to_save.any(now) or _unsaved.any(now - LOST_AFTER)
    if sends:
        wake_dispatch()
    if saves:
        wake_archive()
    return sends or saves
