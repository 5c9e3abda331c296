"""Once a minute: asks the database what every wakeup would have said."""

import logging
import time
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django_q.models import Failure

from generation import clock
from generation.gateway.error_replies import MAX_RETRY_AFTER
from generation.lifecycle import hold
from generation.lifecycle.archive_results import settle
from generation.lifecycle.dispatch import SENDING
from generation.lifecycle.key_rotation import wipe_retired
from generation.lifecycle.poller import resume_poller
from generation.lifecycle.task_counts import count_now_and_then
from generation.lifecycle.transitions import Happened, State, change
from generation.models import ApiKey, EventKind, Output, Reason, Task, TaskEvent
from generation.models.task import NEVER
from generation.scheduling.poll_schedule import deadline_for
from generation.workers.heartbeats import send_heartbeat
from generation.workers.wakeups import wake_archive, wake_dispatch

logger = logging.getLogger(__name__)

KEEP_FAILURES = timedelta(days=14)
STALE_PART = 3600.0
"""Seconds since a download has last grown."""

LONGEST_REST = timedelta(seconds=MAX_RETRY_AFTER)
"""For how long at most the gateway may ask us to leave a key alone."""


def reconcile() -> None:
    send_heartbeat(force=True)
    _compare_with_marks()
    _bring_back()
    recover_claims()
    _recover_archiving()
    if Task.objects.due_to_send().exists():
        wake_dispatch()
    if Output.objects.due().exists():
        wake_archive()
    Task.objects.filter(state=State.PROCESSING, next_poll_at=None).update(
        next_poll_at=timezone.now()
    )
    resume_poller()
    Failure.objects.filter(stopped__lt=timezone.now() - KEEP_FAILURES).delete()
    _sweep()
    wipe_retired()
    count_now_and_then()


def _compare_with_marks() -> None:
    try:
        hold.check()
    except OSError as error:
        # Whoever sends finds the same, and does not send.
        logger.warning("the marks outside the database cannot be read or written: %s", error)


def recover_claims() -> None:
    """Tasks whose sender died: never sent goes back to the queue, maybe sent is uncertain."""
    now = timezone.now()
    claimed = Task.objects.filter(state=State.SUBMITTING)
    # By a clock that was set forward every sender is dead: those who live renew their claim.
    claimed.filter(claimed_until__lt=now - clock.RECONCILED_WITHIN).update(
        claimed_until=now + SENDING
    )
    dead = claimed.filter(claimed_until__lt=now)
    for task in dead:
        if task.sent_at is None:
            change(
                task.pk,
                State.SUBMITTING,
                to=State.QUEUED,
                attempts=task.attempts,
                happened=Happened(
                    EventKind.RELEASED, "The worker died before sending. Back in the queue."
                ),
                claimed_until=None,
            )
        else:
            change(
                task.pk,
                State.SUBMITTING,
                to=State.UNCERTAIN,
                attempts=task.attempts,
                happened=Happened(
                    EventKind.UNCERTAIN,
                    "The worker died while sending. The gateway may have the task.",
                ),
                claimed_until=None,
                reason=Reason.NO_ANSWER,
                error_message="The worker died while sending",
            )


def _bring_back() -> None:
    """Makes due what a clock that was set back has put out of reach.

    Every step is planned together with a line of the timeline. If that line lies ahead, so does
    the plan; if not, the plan is as near as it was meant to be.
    """
    now = timezone.now()
    ahead = clock.newest(now)
    told = TaskEvent.objects.filter(at__gt=ahead)
    tasks = Task.objects.filter(Exists(told.filter(task=OuterRef("pk"))))
    # What waits for a person lies at NEVER, by whatever clock.
    planned = tasks.filter(next_attempt_at__gt=ahead, next_attempt_at__lt=NEVER)
    planned.filter(state=State.QUEUED).update(next_attempt_at=now)
    tasks.filter(state=State.SUBMITTING, claimed_until__gt=now + SENDING).update(
        claimed_until=now + SENDING
    )
    for task in Task.objects.filter(state=State.PROCESSING, accepted_at__gt=ahead):
        Task.objects.filter(pk=task.pk, state=State.PROCESSING).update(
            accepted_at=now, next_poll_at=now, deadline_at=now + deadline_for(task)
        )
    Output.objects.filter(
        Exists(told.filter(task=OuterRef("task"))),
        state=Output.State.PENDING,
        next_attempt_at__gt=ahead,
    ).update(next_attempt_at=now)
    far = clock.farthest(now, LONGEST_REST)
    ApiKey.objects.filter(polls_wait_until__gt=far).update(polls_wait_until=None)


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
