"""Heartbeats of the clusters."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django_q.conf import Conf

from generation.models import Lease

ALIVE_FOR = timedelta(seconds=40)
HEARTBEAT_EVERY = 5.0
_last_heartbeat = 0.0

REMEMBERED = timedelta(days=1)
"""A machine that has been silent for so long is gone for good."""

_PREFIX = "cluster:"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A cluster's heartbeat: up to `until` it counts as alive, on the machine called `host`."""

    cluster: str
    host: str
    until: datetime


def heartbeat_name(cluster: str) -> str:
    """The name of the row of Lease that is renewed while that cluster of this machine moves.

    A row a machine: else one that lives would hide another's silence.
    """
    return f"{_PREFIX}{cluster}@{settings.HOST_NAME}"


def heartbeats() -> list[Heartbeat]:
    """The heartbeats of all machines, by machine and cluster."""
    rows = Lease.objects.filter(name__startswith=_PREFIX).values_list("name", "expires_at")
    found = [
        Heartbeat(cluster, host, until)
        for name, until in rows
        for cluster, _, host in [name.removeprefix(_PREFIX).partition("@")]
    ]
    return sorted(found, key=lambda sign: (sign.host, sign.cluster))


def forget_old_heartbeats() -> None:
    """Removes the rows of machines that have gone away."""
    gone = timezone.now() - REMEMBERED
    Lease.objects.filter(name__startswith=_PREFIX, expires_at__lt=gone).delete()


def send_heartbeat(*, force: bool = False) -> None:
    """Says that a worker of this cluster moves; writes at most every five seconds."""
    global _last_heartbeat
    if not force and time.monotonic() - _last_heartbeat < HEARTBEAT_EVERY:
        return
    _last_heartbeat = time.monotonic()
    Lease.objects.update_or_create(
        name=heartbeat_name(Conf.CLUSTER_NAME), defaults={"expires_at": timezone.now() + ALIVE_FOR}
    )
