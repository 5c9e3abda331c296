"""What django-q2 runs. Messages carry no work: each job looks in the database what is due.

Queued messages name these functions by path, so their names are kept.
"""

from uuid import UUID

from generation.library import uploads as _uploads
from generation.lifecycle import archive as _archive
from generation.lifecycle import callbacks as _callbacks
from generation.lifecycle import dispatch as _dispatch
from generation.lifecycle import poller as _poller
from generation.lifecycle import reconcile as _reconcile
from generation.schema import only_on_our_schema as _only_on_our_schema
from generation.workers import heartbeats as _heartbeats
from generation.workers import wakeups as _wakeups


@_only_on_our_schema
def dispatch() -> None:
    _wakeups.acknowledge("dispatch")
    _dispatch.dispatch_due()


@_only_on_our_schema
def poll(token: str) -> None:
    _poller.run_poller(token)


@_only_on_our_schema
def archive() -> None:
    _wakeups.acknowledge("archive")
    _archive.archive_due()


@_only_on_our_schema
def callback(task: str, *remote_ids: str) -> None:
    _callbacks.settle(UUID(task), remote_ids)


@_only_on_our_schema
def reconcile() -> None:
    _reconcile.reconcile()
    _uploads.sweep_uploads()


# Messages that waited while 0.1.0 was replaced name these; they go with the release after 0.2.
submit = dispatch
follow = poll
watch = reconcile


def heartbeat() -> None:
    """Told also while code and database differ: the cluster lives, it only may not work."""
    _heartbeats.send_heartbeat(force=True)
    _resume()


@_only_on_our_schema
def _resume() -> None:
    _wakeups.wake_reconcile_if_delayed()
    _poller.resume_poller()
