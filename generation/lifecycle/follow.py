"""The baton pump: one chain of short jobs looks at every task in flight (workers.md 7).

Whoever holds the lease `pump` looks; at the end of its time it hands the baton to the next job.
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

from generation.models import Lease, Output, Task

from .bells import ring, ring_archive, ring_submit, ring_watch_if_put_off
from .crashpoints import crash
from .looks import Looks, bring_back, forget_looks, own_looks
from .places import refresh
from .tally import write_polls
from .vitals import beat, mend_connection, persist

logger = logging.getLogger(__name__)

NAME = "pump"
TTL = timedelta(seconds=20)
"""Renewed every few seconds, so it outlasts a database that takes its time."""

BUDGET = 8.0
"""Seconds one job looks; short enough to end by itself when the cluster is told to stop."""

DRAIN = 1.0
"""Seconds it then waits for the last answers. Slower ones are taken by this process's next job."""

PATIENCE = 10.0
"""Seconds a database may take to be back at the begin and at the end of a job."""

BEGIN_EVERY = 0.1
"""Seconds between two questions to the database what is due, when there is MUCH; else REST."""
MUCH = 16

RENEW_EVERY = 5.0
REST = 0.25
RETRIES_EVERY = 1.0

FOLLOWED = Task.State.PROCESSING

RING_EVERY = 5.0
SOON = timedelta(seconds=90)
"""What is to be tried again within this time waits for the pump; the rest for the watchdog."""


def ensure_pump() -> bool:
    """Starts the chain unless someone holds the baton; True when it was started."""
    token = uuid.uuid4().hex
    now = timezone.now()
    Lease.objects.get_or_create(name=NAME, defaults={"expires_at": now - TTL})
    # A lease that claims to last longer than any was written before the clock was set back.
    free = Q(expires_at__lt=now) | Q(expires_at__gt=now + 2 * TTL)
    if not Lease.objects.filter(free, name=NAME).update(token=token, expires_at=now + TTL):
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

    A job with an old token is a stale duplicate and ends at once. A database that is not
    available is waited for; only the end of the lease hands the work to somebody else.
    """
    if not persist(partial(_keep, token), patience=PATIENCE):
        return "stale"
    mine, rounds = own_looks(), _Rounds()
    end = time.monotonic() + budget
    while time.monotonic() < end:
        try:
            if rounds.lost(token):
                return "lost"
            if not _look(mine, rounds) and not len(mine) and not in_flight():
                break
        except OperationalError:
            _wait_for_database()
    _drain(mine)
    write_polls()
    return persist(partial(_hand_over, token), patience=PATIENCE)


class _Rounds:
    """What the pump does beside looking, each at its own pace."""

    def __init__(self) -> None:
        now = time.monotonic()
        self._renewed, self._refresh_at = now, now
        self._rung = self._retried = self._begin_at = -math.inf

    def lost(self, token: str) -> bool:
        """Signs of life, places in line, the lease; whether somebody else has the baton now."""
        beat()
        now = time.monotonic()
        if now >= self._refresh_at:
            self._refresh_at = now + refresh()
        if now - self._renewed > RENEW_EVERY:
            if not _keep(token):
                return True
            self._renewed = now
            bring_back()
            ring_watch_if_put_off()
        if now - self._rung > RING_EVERY and now - self._retried > RETRIES_EVERY:
            self._retried = now
            if _ring_retries():
                self._rung = now
        return False

    def begin(self, mine: Looks) -> bool:
        """Asks about what is due, if it is time for that; False if there was nothing."""
        now = time.monotonic()
        if now < self._begin_at:
            return False
        begun = mine.begin()
        self._begin_at = now + (BEGIN_EVERY if begun >= MUCH else REST)
        return begun > 0

    @property
    def pause(self) -> float:
        """Seconds until it is time again."""
        return max(0.0, self._begin_at - time.monotonic())


def _look(mine: Looks, rounds: _Rounds) -> bool:
    """One step; False if nothing was due and nothing has been answered."""
    begun = rounds.begin(mine)
    taken = mine.take(0.0 if begun else BEGIN_EVERY)
    if not begun and not taken and not len(mine):
        time.sleep(rounds.pause)
    return begun or taken


def _drain(mine: Looks) -> None:
    end = time.monotonic() + DRAIN
    while len(mine) and (left := end - time.monotonic()) > 0:
        try:
            mine.take(left)
        except OperationalError:
            _wait_for_database()


def _wait_for_database() -> None:
    logger.warning("database not available; looking again in a second")
    mend_connection()
    time.sleep(1)


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
    forget_looks()
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
