"""Are the clusters alive: rings their bells and reads their signs of life.

A cluster can dead-lock for ever without any process of it dying (workers.md 4), so being there
proves nothing. Whatever a worker does renews the row `cluster:<name>` of Lease; to an idle
cluster a bell is rung, whose only effect is that renewal.
"""

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import Error, close_old_connections
from django_q.tasks import async_task

from generation.models import Lease

logger = logging.getLogger(__name__)

LOOK_EVERY = 5.0
RING_EVERY = 10.0
# A cluster is stale after this many seconds of silence; a new one gets START_UP on top.
SILENCE = 40.0
START_UP = 30.0
# An unheard bell is taken for lost after this long (Redis delivers at most once).
BELL_LOST = 30.0
# When looks lie further apart the database or this process stood still: judge nobody by that.
BLIND = 20.0


@dataclass
class Pulse:
    """What is known of one cluster; times by the monotonic clock."""

    heard: float
    excused: float = float("-inf")
    expires_at: datetime | None = None
    known: bool = False
    rung: float | None = None

    def note(self, expires_at: datetime | None, now: float) -> None:
        """Takes in the row as it is now: any change since the last look is a sign of life.

        Comparing instead of reading the time keeps the verdict free of wall clock jumps.
        """
        if self.known and expires_at != self.expires_at:
            self.heard = now
            self.rung = None
        self.expires_at = expires_at
        self.known = True

    def listening_since(self, started: float) -> float:
        """Since when a process that started then owes a sign of life."""
        owes_since = self.heard if self.heard > started else started + START_UP
        return max(owes_since, self.excused)

    def wants_bell(self, now: float) -> bool:
        """Whether it is quiet and no bell is on its way: at most one waits in the queue."""
        quiet = now - self.heard >= RING_EVERY
        return quiet and (self.rung is None or now - self.rung > BELL_LOST)


class Heartbeat:
    """Looks after the clusters in a thread of its own, since a database may take its time."""

    def __init__(self, clusters: Iterable[str]) -> None:
        now = time.monotonic()
        # As if quiet: the first look rings, so that /readyz soon knows the new clusters.
        self._pulses = {name: Pulse(heard=now - RING_EVERY) for name in clusters}
        self._looked = now
        self._deaf = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1.0)

    def complaint(self, cluster: str, uptime: float) -> str | None:
        """A Probe: why this cluster, up for `uptime` seconds, has to be replaced."""
        now = time.monotonic()
        if now - self._looked > BLIND:
            return None
        # As of the last look: a sign that came since then has not been seen yet.
        silent = self._looked - self._pulses[cluster].listening_since(now - uptime)
        return f"no sign of life for {silent:.0f} s" if silent > SILENCE else None

    def look(self) -> None:
        """One round: read the signs of life, ring where it is quiet. Never raises."""
        try:
            close_old_connections()
            self._read()
            self._ring()
            self._deaf = False
        except Exception as error:  # the database, Redis, the network: nobody's silence counts
            if not self._deaf:
                logger.warning("cannot tell whether the workers live: %s", error)
            self._deaf = True
            self._forgive()
        finally:
            self._looked = time.monotonic()
            _tidy()

    def _read(self) -> None:
        names = [f"cluster:{name}" for name in self._pulses]
        rows = dict(Lease.objects.filter(name__in=names).values_list("name", "expires_at"))
        now = time.monotonic()
        if now - self._looked > BLIND:
            self._forgive()
        for name, pulse in self._pulses.items():
            pulse.note(rows.get(f"cluster:{name}"), now)

    def _ring(self) -> None:
        now = time.monotonic()
        for name, pulse in self._pulses.items():
            if pulse.wants_bell(now):
                async_task("generation.jobs.heartbeat", q_options={"cluster": name})
                pulse.rung = now

    def _forgive(self) -> None:
        """Nobody can be blamed for a silence during which we could not listen."""
        now = time.monotonic()
        for pulse in self._pulses.values():
            pulse.excused = now

    def _run(self) -> None:
        while not self._stopped.is_set():
            self.look()
            self._stopped.wait(LOOK_EVERY)


def _tidy() -> None:
    try:
        close_old_connections()
    except Error:
        logger.debug("closing a broken connection failed", exc_info=True)
