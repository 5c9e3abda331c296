"""The watchdog: once a minute it asks the database what every bell would have said."""

import logging
import time
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django_q.models import Failure

from generation.models import Output, Task

from .archive import settle
from .bells import ring_archive, ring_submit
from .follow import resume
from .transitions import Happened, State, change
from .vitals import beat

logger = logging.getLogger(__name__)

KEEP_FAILURES = timedelta(days=14)
STALE_PART = 3600.0


def watch() -> None:
    """Finds what crashes, lost bells and restarts have left lying, and sets it going again."""
    beat(force=True)
    recover_claims()
    _recover_archiving()
    if Task.objects.due_to_send().exists():
        ring_submit()
    if Output.objects.due().exists():
        ring_archive()
    Task.objects.filter(state=State.PROCESSING, next_poll_at=None).update(
        next_poll_at=timezone.now()
    )
    resume()
    Failure.objects.filter(stopped__lt=timezone.now() - KEEP_FAILURES).delete()
    _sweep()


def recover_claims() -> None:
    """Tasks whose sender died: never sent goes back to the queue, maybe sent is uncertain."""
    dead = Task.objects.filter(state=State.SUBMITTING, claimed_until__lt=timezone.now())
    for task in dead:
        if task.sent_at is None:
            change(
                task.pk,
                State.SUBMITTING,
                to=State.QUEUED,
                attempts=task.attempts,
                happened=Happened("released", "The worker died before sending. Back in the queue."),
                claimed_until=None,
            )
        else:
            change(
                task.pk,
                State.SUBMITTING,
                to=State.UNCERTAIN,
                attempts=task.attempts,
                happened=Happened(
                    "uncertain",
                    "The worker died while sending. The gateway may have the task; it may be charged.",
                ),
                claimed_until=None,
                reason="no-answer",
                error_message="The worker died while sending",
            )


def _recover_archiving() -> None:
    pending = Output.objects.filter(state=Output.State.PENDING).values("task")
    for task in Task.objects.filter(state=State.ARCHIVING).exclude(pk__in=pending):
        settle(task)


def _sweep() -> None:
    """Removes downloads that a killed worker left half done."""
    folder = settings.DATA_DIR / "tmp"
    if not folder.is_dir():
        return
    for part in folder.glob("*.part"):
        try:
            if time.time() - part.stat().st_mtime > STALE_PART:
                part.unlink()
        except FileNotFoundError:
            continue
