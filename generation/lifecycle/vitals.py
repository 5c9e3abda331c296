"""A cluster's sign of life, and the patience to get a write through."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError, close_old_connections, connection
from django.utils import timezone
from django_q.conf import Conf

from generation.models import Lease

from .probe import Probe

logger = logging.getLogger(__name__)
T = TypeVar("T")

ALIVE_FOR = timedelta(seconds=40)
BEAT_EVERY = 5.0
_last_beat = 0.0

REMEMBERED = timedelta(days=1)
"""A machine that has been silent for so long is gone for good."""

_SIGNS = "cluster:"


@dataclass(frozen=True, slots=True)
class Sign:
    """A cluster's sign of life: up to `until` it counts as alive, on the machine called `host`."""

    cluster: str
    host: str
    until: datetime


def sign_name(cluster: str) -> str:
    """The name of the row of Lease that is renewed while that cluster of this machine moves.

    A row a machine: else one that lives would hide another's silence.
    """
    return f"{_SIGNS}{cluster}@{settings.HOST_NAME}"


def signs() -> list[Sign]:
    """The signs of life of all machines, by machine and cluster."""
    rows = Lease.objects.filter(name__startswith=_SIGNS).values_list("name", "expires_at")
    found = [
        Sign(cluster, host, until)
        for name, until in rows
        for cluster, _, host in [name.removeprefix(_SIGNS).partition("@")]
    ]
    return sorted(found, key=lambda sign: (sign.host, sign.cluster))


def forget_old_signs() -> None:
    """Removes the rows of machines that have gone away."""
    gone = timezone.now() - REMEMBERED
    Lease.objects.filter(name__startswith=_SIGNS, expires_at__lt=gone).delete()


def beat(*, force: bool = False) -> None:
    """Says that a worker of this cluster moves; writes at most every five seconds."""
    global _last_beat
    if not force and time.monotonic() - _last_beat < BEAT_EVERY:
        return
    _last_beat = time.monotonic()
    Lease.objects.update_or_create(
        name=sign_name(Conf.CLUSTER_NAME), defaults={"expires_at": timezone.now() + ALIVE_FOR}
    )


def persist(write: Callable[[], T], *, patience: float = 600.0) -> T:
    """Runs `write` until the database takes it, for facts that must not be lost.

    Retries OperationalError (locked, restarting) with back-off for `patience` seconds, then
    raises it. `write` must be safe to repeat.
    """
    give_up = time.monotonic() + patience
    pause = 0.2
    while True:
        try:
            return write()
        except OperationalError:
            if time.monotonic() > give_up:
                raise
            logger.warning("database not available, trying again in %.1f s", pause)
            mend_connection()
            time.sleep(pause)
            pause = min(pause * 2, 5.0)


def mend_connection() -> None:
    """Drops a connection that the database has closed, so that the next query makes a new one."""
    if not connection.in_atomic_block:
        close_old_connections()


def _try_storage() -> bool:
    name = f"probe/{uuid4()}"
    try:
        try:
            name = default_storage.save(name, ContentFile(b"viduweb"))
        finally:
            # A full disk takes the name without the content.
            default_storage.delete(name)
    except OSError:
        return False
    return True


# A bucket that takes connections and never answers would be waited for a minute and a half.
storage = Probe(_try_storage, otherwise=False, within=4.0, kept=5.0)


def storage_writable() -> bool:
    """Whether a file can be stored now; tried at most every five seconds a process.

    Answers within four seconds: a storage that takes longer is none to rely on.
    """
    return storage.answer()
