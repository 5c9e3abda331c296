"""Which clusters are alive: whoever works renews a row of its cluster and machine."""

import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django_q.conf import Conf

from generation.models import Lease, LeaseKind

ALIVE_FOR = timedelta(seconds=40)
HEARTBEAT_EVERY = 5.0
"""Seconds between two writes at least."""

_last_heartbeat = -math.inf


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
    return LeaseKind.HEARTBEAT.key(f"{cluster}@{settings.HOST_NAME}")


def heartbeats() -> list[Heartbeat]:
    kind = LeaseKind.HEARTBEAT
    rows = Lease.objects.of(kind).values_list("name", "expires_at")
    found = [
        Heartbeat(cluster, host, until)
        for name, until in rows
        for cluster, _, host in [kind.subject(name).partition("@")]
    ]
    return sorted(found, key=lambda sign: (sign.host, sign.cluster))


def forget_old_heartbeats() -> None:
    Lease.objects.forget_gone(LeaseKind.HEARTBEAT)


def send_heartbeat(*, force: bool = False) -> None:
    """Says that a worker of this cluster moves; `force` says it also between two writes."""
    global _last_heartbeat
    if not force and time.monotonic() - _last_heartbeat < HEARTBEAT_EVERY:
        return
    _last_heartbeat = time.monotonic()
    Lease.objects.note(heartbeat_name(Conf.CLUSTER_NAME), ALIVE_FOR)
