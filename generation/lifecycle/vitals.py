"""A cluster's sign of life, and the patience to get a write through."""

import logging
import math
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError, close_old_connections, connection
from django.utils import timezone
from django_q.conf import Conf

from generation.models import Lease

logger = logging.getLogger(__name__)
T = TypeVar("T")

ALIVE_FOR = timedelta(seconds=40)
BEAT_EVERY = 5.0
_last_beat = 0.0


def beat(*, force: bool = False) -> None:
    """Says that a worker of this cluster moves; writes at most every five seconds."""
    global _last_beat
    if not force and time.monotonic() - _last_beat < BEAT_EVERY:
        return
    _last_beat = time.monotonic()
    Lease.objects.update_or_create(
        name=f"cluster:{Conf.CLUSTER_NAME}", defaults={"expires_at": timezone.now() + ALIVE_FOR}
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


_storage_seen: tuple[float, bool] = (-math.inf, False)
STORAGE_SEEN_FOR = 5.0


def storage_writable() -> bool:
    """Whether a file can be stored now; tried at most every five seconds a process."""
    global _storage_seen
    if time.monotonic() - _storage_seen[0] > STORAGE_SEEN_FOR:
        _storage_seen = (time.monotonic(), _try_storage())
    return _storage_seen[1]


def _try_storage() -> bool:
    try:
        name = default_storage.save(f"probe/{uuid4()}", ContentFile(b"viduweb"))
        default_storage.delete(name)
    except OSError:
        return False
    return True
