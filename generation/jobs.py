"""What django-q2 runs. Messages carry no work: each job looks in the database what is due.

Queued messages name these functions by path, so their names are kept.
"""

from uuid import UUID

from generation.gallery import bulk_jobs as _bulk_jobs
from generation.library import uploads as _uploads
from generation.lifecycle import archive as _archive
from generation.lifecycle import callbacks as _callbacks
from generation.lifecycle import dispatch as _dispatch
from generation.lifecycle import missing_pictures as _missing_pictures
from generation.lifecycle import poller as _poller
from generation.lifecycle import reconcile as _reconcile
from generation.lifecycle import trash as _trash
from generation.money import alerts as _alerts
from generation.money import bill_work as _bill_work
from generation.people import audit_log as _audit_log
from generation.people import delivery as _delivery
from generation.people import digests as _digests
from generation.people import inbox as _inbox
from generation.people import login_limits as _login_limits
from generation.people import notices as _notices
from generation.people import password_reset as _password_reset
from generation.people import sessions as _sessions
from generation.people import storage_use as _storage_use
from generation.people import team_news as _team_news
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
    _team_news.gather()


@_only_on_our_schema
def callback(task: str, *remote_ids: str) -> None:
    _callbacks.settle(UUID(task), remote_ids)


@_only_on_our_schema
def reconcile() -> None:
    _reconcile.reconcile()
    _uploads.sweep_uploads()
    _login_limits.sweep()
    _sessions.sweep()
    _audit_log.prune()
    _trash.purge_due()
    _storage_use.measure_now_and_then()
    _missing_pictures.make_missing()
    _bill_work.wake_due()
    _bulk_jobs.wake_due()
    _alerts.check()
    _team_news.gather()
    _team_news.prune()
    _digests.make_due()
    _digests.prune()
    _inbox.prune()
    _delivery.wake_if_due()


@_only_on_our_schema
def deliver() -> None:
    _delivery.deliver_due()


@_only_on_our_schema
def bulk(pk: str) -> None:
    _bulk_jobs.work(UUID(pk))


@_only_on_our_schema
def read_bill(pk: str) -> None:
    _bill_work.work(UUID(pk))


@_only_on_our_schema
def mail_password_reset(pk: int) -> None:
    _password_reset.mail(pk)


@_only_on_our_schema
def mail_notice(pk: int, what: str) -> None:
    _notices.mail(pk, what)


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
