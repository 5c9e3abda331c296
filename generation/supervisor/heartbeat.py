"""Are this machine's clusters alive: rings their bells and reads their signs of life.

A cluster can dead-lock for ever without any process of it dying (workers.md 4), so being there
proves nothing. Whatever a worker does renews its cluster's row of Lease on this machine; to an
idle cluster bells are rung (bell.py), whose only effect is that renewal. Another machine may take
them, so the older the sign of life, the more often they ring: after 10, 20 and 25 seconds, then
every look until SILENCE, 12 in all. After that none is rung before the next process is there.
"""

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import Error, close_old_connections

from generation.lifecycle.vitals import forget_old_signs, sign_name
from generation.models import Lease

from . import bell

logger = logging.getLogger(__name__)

LOOK_EVERY = 5.0
RING_EVERY = 10.0
# A cluster is stale after this many seconds of silence; a new one gets START_UP on top.
SILENCE = 40.0
START_UP = 30.0
# When looks lie further apart the database or this process stood still: judge nobody by that.
BLIND = 20.0
SWEEP_EVERY = 3600.0


@dataclass
class Pulse:
    """What is known of one cluster; times by the monotonic clock.

    `started` is the start of its process, `rung` the last bell.
    """

    heard: float
    started: float
    excused: float = float("-inf")
    rung: float = float("-inf")
    expires_at: datetime | None = None
    known: bool = False

    def note(self, expires_at: datetime | None, now: float) -> None:
        """Takes in the row as it is now: any change since the last look is a sign of life.

        Comparing instead of reading the time keeps the verdict free of wall clock jumps.
        """
        if self.known and expires_at not in (None, self.expires_at):
            self.heard = now
        self.expires_at = expires_at
        self.known = True

    @property
    def starting(self) -> bool:
        """Whether this process has not been heard yet."""
        return self.heard <= self.started

    def silence(self, now: float) -> float:
        """For how many seconds it owes a sign of life; negative while it may still start."""
        owes_since = self.started + START_UP if self.starting else self.heard
        return now - max(owes_since, self.excused)

    def wants_bell(self, now: float) -> bool:
        silence = self.silence(now)
        if silence > SILENCE:
            return False
        quiet = silence >= RING_EVERY or self.starting
        return quiet and now - self.rung >= _pause(silence)

    def is_urgent(self, now: float) -> bool:
        """Whether it is in the last stretch before it counts as dead."""
        return SILENCE * 0.75 <= self.silence(now) <= SILENCE


def _pause(silence: float) -> float:
    """Seconds between two bells. One a look at most: of two at once one pusher takes both."""
    if silence >= SILENCE * 0.75:
        return 0.0
    return LOOK_EVERY if silence >= SILENCE * 0.5 else RING_EVERY


class Heartbeat:
    """Looks after the clusters in a thread of its own, since a database may take its time."""

    def __init__(self, clusters: Iterable[str]) -> None:
        now = time.monotonic()
        # As if starting: the first look rings, so that /readyz soon knows the new clusters.
        self._pulses = {name: Pulse(heard=now - RING_EVERY, started=now) for name in clusters}
        self._looked = now
        self._swept = float("-inf")
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
        pulse = self._pulses[cluster]
        pulse.started = now - uptime
        if now - self._looked > BLIND:
            return None
        # As of the last look: a sign that came since then has not been seen yet.
        silent = pulse.silence(self._looked)
        return f"no sign of life for {silent:.0f} s" if silent > SILENCE else None

    def look(self) -> None:
        """One round: read the signs of life, ring where it is quiet. Never raises."""
        try:
            close_old_connections()
            self._read()
            self._ring()
            self._sweep()
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
        names = [sign_name(cluster) for cluster in self._pulses]
        rows = dict(Lease.objects.filter(name__in=names).values_list("name", "expires_at"))
        now = time.monotonic()
        if now - self._looked > BLIND:
            self._forgive()
        for cluster, pulse in self._pulses.items():
            pulse.note(rows.get(sign_name(cluster)), now)

    def _ring(self) -> None:
        now = time.monotonic()
        for cluster, pulse in self._pulses.items():
            if pulse.wants_bell(now):
                bell.ring(cluster)
                pulse.rung = now

    def _sweep(self) -> None:
        now = time.monotonic()
        if now - self._swept > SWEEP_EVERY:
            forget_old_signs()
            self._swept = now

    def _forgive(self) -> None:
        """Nobody can be blamed for a silence during which we could not listen."""
        now = time.monotonic()
        for pulse in self._pulses.values():
            pulse.excused = now

    def _run(self) -> None:
        while not self._stopped.is_set():
            self.look()
            self._stopped.wait(self.rest())

    def rest(self) -> float:
        """Seconds until the next look: fewer while a cluster is about to count as dead."""
        now = time.monotonic()
        urgent = any(pulse.is_urgent(now) for pulse in self._pulses.values())
        return LOOK_EVERY / 4 if urgent else LOOK_EVERY


def _tidy() -> None:
    try:
        close_old_connections()
    except Error:
        logger.debug("closing a broken connection failed", exc_info=True)
