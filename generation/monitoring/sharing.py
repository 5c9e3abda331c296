"""Whether all machines keep their files in the same place.

Each machine says every half minute what it reads in its storage: an id that the first to look
wrote there. Living machines with different ids do not share their files, for certain; what one of
them saves, the others do not find. A single machine is never accused, whatever became of its id.
"""

import logging
import threading
from contextlib import suppress
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, close_old_connections, connection

from generation.models import Lease, LeaseKind

from . import names

logger = logging.getLogger(__name__)

MARKER = "storage-id"
CHECK_INTERVAL = 30.0
"""Seconds."""


def may_be_several() -> bool:
    """SQLite is one machine's own."""
    return connection.vendor != "sqlite"


def storage_id() -> str:
    """What is written in our storage, now if nothing was; raises OSError."""
    if not default_storage.exists(MARKER):
        default_storage.save(MARKER, ContentFile(uuid4().hex.encode()))
    with default_storage.open(MARKER) as file:
        return str(file.read(64).decode("ascii", "replace")).strip()


def note() -> None:
    """Says where this machine keeps its files; raises OSError when they cannot be read."""
    Lease.objects.note(_key(), names.NOTED_FOR, token=storage_id())
    Lease.objects.forget_gone(LeaseKind.STORAGE)
    names.ours.note()


def forget() -> None:
    Lease.objects.filter(name=_key()).delete()
    names.ours.forget()


def _key() -> str:
    return LeaseKind.STORAGE.key(settings.HOST_NAME)


def places() -> list[list[str]]:
    """The living machines, those that share their files together; one place is as it should be."""
    if not may_be_several():
        return []
    kind = LeaseKind.STORAGE
    living = Lease.objects.of(kind).running()
    found: dict[str, list[str]] = {}
    for name, token in living.order_by("name").values_list("name", "token"):
        found.setdefault(token, []).append(kind.subject(name))
    return sorted(found.values())


def unhealthy_reason() -> str:
    """A sentence when machines keep their files apart; "" when they do not."""
    apart = places()
    if len(apart) < 2:
        return ""
    named = "; ".join(" and ".join(machines) for machines in apart)
    return (
        f"Machines keep their files in different places ({named}), so what one saves the others do "
        "not find. Stop them, give all of them the same STORAGE_URL, or one folder mounted as "
        "DATA_DIR/media, and start them again after a minute and a half."
    )


class SharingWatch:
    """Keeps noting where this machine has its files, in a thread of its own.

    Nothing to do with SQLite, which one machine has to itself.
    """

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sharing", daemon=True)

    def start(self) -> None:
        if may_be_several():
            self._thread.start()

    def stop(self, *, timeout: float) -> None:
        """Waits for so many seconds at most: the database may be silent."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def check(self) -> None:
        """Never raises."""
        try:
            close_old_connections()
            note()
            if reason := unhealthy_reason():
                logger.error("%s", reason)
        except Exception as error:  # the database, the bucket, the network
            logger.warning("cannot tell whether all machines share their files: %s", error)
        finally:
            with suppress(DatabaseError):
                close_old_connections()

    def _run(self) -> None:
        # At once too: to find another's token where ours was, we have to have written it.
        while not self._stopped.is_set():
            self.check()
            self._stopped.wait(CHECK_INTERVAL)
        with suppress(DatabaseError):
            forget()
        connection.close()
