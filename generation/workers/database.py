"""Getting a write through, whatever the database is doing."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, close_old_connections, connection

logger = logging.getLogger(__name__)
T = TypeVar("T")


def retry_on_db_error(write: Callable[[], T], *, patience: float = 600.0) -> T:
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
            reconnect()
            time.sleep(pause)
            pause = min(pause * 2, 5.0)


def reconnect() -> None:
    """Drops a connection that the database has closed, so that the next query makes a new one."""
    if not connection.in_atomic_block:
        close_old_connections()
