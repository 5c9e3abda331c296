"""What django-q2 runs. Bells only: each looks in the database what is due.

Queued messages name these functions by path, so their names are kept.
"""

from uuid import UUID

from generation.lifecycle import archive as _archive
from generation.lifecycle import bells as _bells
from generation.lifecycle import callbacks as _callbacks
from generation.lifecycle import follow as _follow
from generation.lifecycle import send as _send
from generation.lifecycle import vitals as _vitals
from generation.lifecycle import watch as _watch


def submit() -> None:
    _bells.answered("submit")
    _send.send_due()


def follow(token: str) -> None:
    _follow.pump(token)


def archive() -> None:
    _bells.answered("archive")
    _archive.archive_due()


def callback(task: str, *remote_ids: str) -> None:
    _callbacks.settle(UUID(task), remote_ids)


def watch() -> None:
    _watch.watch()


def heartbeat() -> None:
    _vitals.beat(force=True)
    _bells.ring_watch_if_put_off()
    _follow.resume()
