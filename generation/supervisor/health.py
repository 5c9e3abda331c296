"""Are this machine's clusters alive: pings them and reads their signs of life.

A cluster can dead-lock for ever without any process of it dying (docs/workers.md), so being there
proves nothing. Whatever a worker does renews its cluster's row of Lease on this machine; idle
clusters are pinged (ping.py), whose only effect is that renewal. Another machine may take the
pings, so the older the sign of life, the more often they are sent: after 10, 20 and 25 seconds,
then at every check until TIMEOUT, 12 in all. After that none before the next process is there.

The checks happen in a process of their own, since a database may take its time; what they find
lies in memory that the supervisor, which decides, shares.
"""

import ctypes
import logging
import mmap
import signal
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from types import FrameType

from django.db import Error, close_old_connections
from setproctitle import setproctitle

from generation.models import Lease
from generation.monitoring.sharing import SharingWatch
from generation.workers.heartbeats import forget_old_heartbeats, heartbeat_name

from . import ping

logger = logging.getLogger(__name__)

CHECK_INTERVAL = 5.0
PING_INTERVAL = 10.0
# A cluster is unhealthy after this many seconds of silence; a new one gets STARTUP_GRACE on top.
TIMEOUT = 40.0
STARTUP_GRACE = 30.0
# When checks lie further apart the database or this process stood still: judge nobody by that.
MAX_CHECK_GAP = 20.0
CLEANUP_INTERVAL = 3600.0
STOP_TIMEOUT = 1.0  # the database may be silent when we are to end


class ClusterHealth(ctypes.Structure):
    """What is known of one cluster; times by the monotonic clock.

    `started` is the start of its process, `pinged` the last ping, `excused` until when its
    silence does not count.
    """

    _fields_ = (
        ("last_seen", ctypes.c_double),
        ("started", ctypes.c_double),
        ("excused", ctypes.c_double),
        ("pinged", ctypes.c_double),
    )
    last_seen: float
    started: float
    excused: float
    pinged: float

    @property
    def starting(self) -> bool:
        return self.last_seen <= self.started

    def silence(self, now: float) -> float:
        """For how many seconds it owes a sign of life; negative while it may still start."""
        owes_since = self.started + STARTUP_GRACE if self.starting else self.last_seen
        return now - max(owes_since, self.excused)

    def needs_ping(self, now: float) -> bool:
        silence = self.silence(now)
        quiet = silence >= PING_INTERVAL or self.starting
        return quiet and silence <= TIMEOUT and now - self.pinged >= _ping_interval(silence)

    def is_urgent(self, now: float) -> bool:
        return TIMEOUT * 0.75 <= self.silence(now) <= TIMEOUT


def _ping_interval(silence: float) -> float:
    """Seconds between two pings. One a check at most: of two at once one pusher takes both."""
    if silence >= TIMEOUT * 0.75:
        return 0.0
    return CHECK_INTERVAL if silence >= TIMEOUT * 0.5 else PING_INTERVAL


class HealthMonitor:
    """`run()` is the process that checks; `unhealthy_reason()` is asked in the supervisor."""

    def __init__(self, clusters: Iterable[str]) -> None:
        names = list(clusters)
        size = ctypes.sizeof(ClusterHealth)
        memory = mmap.mmap(-1, size * len(names) + ctypes.sizeof(ctypes.c_double))
        now = time.monotonic()
        self._clusters: dict[str, ClusterHealth] = {}
        for number, name in enumerate(names):
            self._clusters[name] = health = ClusterHealth.from_buffer(memory, size * number)
            # As if starting: the first check pings, so that /readyz soon knows the new clusters.
            health.last_seen, health.started = now - PING_INTERVAL, now
            health.excused = health.pinged = float("-inf")
        self._last_check = ctypes.c_double.from_buffer(memory, size * len(names))
        self._last_check.value = now
        self._rows: dict[str, datetime | None] = {}
        self._cleaned = float("-inf")
        self._failing = False
        self.stopped = threading.Event()

    def unhealthy_reason(self, cluster: str, uptime: float) -> str | None:
        """A Probe: why this cluster, up for `uptime` seconds, has to be replaced."""
        now = time.monotonic()
        health = self._clusters[cluster]
        health.started = now - uptime
        if now - self._last_check.value > MAX_CHECK_GAP:
            return None
        # As of the last check: a sign that came since then has not been seen yet.
        silent = health.silence(self._last_check.value)
        return f"no sign of life for {silent:.0f} s" if silent > TIMEOUT else None

    def check(self) -> None:
        """One round: read the signs of life, ping where it is quiet. Never raises."""
        try:
            close_old_connections()
            self._read()
            self._ping()
            self._cleanup()
            self._failing = False
        except Exception as error:  # the database, Redis, the network: nobody's silence counts
            if not self._failing:
                logger.warning("cannot tell whether the workers live: %s", error)
            self._failing = True
            self._excuse_all()
        finally:
            self._last_check.value = time.monotonic()
            with suppress(Error):
                close_old_connections()

    def _read(self) -> None:
        names = [heartbeat_name(cluster) for cluster in self._clusters]
        rows = dict(Lease.objects.filter(name__in=names).values_list("name", "expires_at"))
        now = time.monotonic()
        if now - self._last_check.value > MAX_CHECK_GAP:
            self._excuse_all()
        for cluster, health in self._clusters.items():
            # Any change since the last check is a sign of life. Comparing instead of reading the
            # time keeps the verdict free of wall clock jumps.
            expires_at = rows.get(heartbeat_name(cluster))
            if cluster in self._rows and expires_at not in (None, self._rows[cluster]):
                health.last_seen = now
            self._rows[cluster] = expires_at

    def _ping(self) -> None:
        now = time.monotonic()
        for cluster, health in self._clusters.items():
            if health.needs_ping(now):
                ping.ping(cluster)
                health.pinged = now

    def _cleanup(self) -> None:
        now = time.monotonic()
        if now - self._cleaned > CLEANUP_INTERVAL:
            forget_old_heartbeats()
            self._cleaned = now

    def _excuse_all(self) -> None:
        """Nobody can be blamed for a silence during which we could not listen."""
        now = time.monotonic()
        for health in self._clusters.values():
            health.excused = now

    def run(self) -> None:
        while not self.stopped.is_set():
            self.check()
            self.stopped.wait(self.next_check_in())

    def next_check_in(self) -> float:
        """Seconds until the next check: fewer while a cluster is about to count as dead."""
        now = time.monotonic()
        urgent = any(health.is_urgent(now) for health in self._clusters.values())
        return CHECK_INTERVAL / 4 if urgent else CHECK_INTERVAL


def run_checks(monitor: HealthMonitor) -> None:
    setproctitle("viduweb health")
    sharing = SharingWatch()

    def stop(number: int, frame: FrameType | None) -> None:
        monitor.stopped.set()
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, STOP_TIMEOUT)

    signal.signal(signal.SIGTERM, stop)
    sharing.start()
    monitor.run()
    sharing.stop(timeout=STOP_TIMEOUT)
