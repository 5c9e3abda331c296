"""What became of a create: each answer, or its absence, written down on the task's row."""

import logging
from datetime import timedelta
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from generation.catalog.errors import explain_http
from generation.gateway.failures import Refused
from generation.gateway.results import Phase, TaskReply
from generation.models import ApiKey, Task

from .crashpoints import crash
from .follow import ensure_pump
from .outcome import apply_reply
from .pacing import deadline_for, first_look
from .transitions import Happened, State, change
from .vitals import persist

logger = logging.getLogger(__name__)

MAX_PAUSE = 300.0


def accept(task: Task, reply: TaskReply) -> None:
    """Commits the remote id before anything else happens with it."""
    now = timezone.now()
    crash("send-answered")

    def write() -> bool:
        return change(
            task.pk,
            State.SUBMITTING,
            State.UNCERTAIN,
            to=State.PROCESSING,
            attempts=task.attempts,
            happened=Happened(
                "accepted",
                "The gateway accepted the task.",
                {"remote_id": reply.remote_id, "status": reply.status_word},
            ),
            remote_id=reply.remote_id,
            accepted_at=now,
            claimed_until=None,
            gateway_status=reply.status_word[:40],
            next_poll_at=now + first_look(task),
            deadline_at=now + deadline_for(task),
            reason="",
        )

    try:
        accepted = persist(write)
    except IntegrityError:
        uncertain(task, "The gateway answered with the id of another task", None)
        return
    if not accepted:
        logger.error("task %s was taken from us; remote id %s", task.pk, reply.remote_id)
        return
    crash("send-accepted")
    assert task.key is not None
    ApiKey.objects.filter(pk=task.key.pk).update(last_used_at=now, last_error="", paused_at=None)
    if reply.phase is not Phase.RUNNING:
        task.refresh_from_db()
        apply_reply(task, reply)
    ensure_pump()


def back_to_queue(task: Task, reason: str, text: str, retry_after: float | None = None) -> None:
    pause = min(2.0**task.attempts, MAX_PAUSE) if retry_after is None else max(retry_after, 1.0)
    persist(
        lambda: change(
            task.pk,
            State.SUBMITTING,
            to=State.QUEUED,
            attempts=task.attempts,
            happened=Happened(
                "waits", f"{text} Next try in {round(pause)} s.", {"attempt": task.attempts}
            ),
            next_attempt_at=timezone.now() + timedelta(seconds=pause),
            claimed_until=None,
            sent_at=None,
            reason=reason,
        )
    )
    # The pump rings when the pause is over; by itself the watchdog might take a minute longer.
    ensure_pump()


def refused(task: Task, failure: Refused) -> None:
    explanation = explain_http(failure.status or 0, failure.code, failure.message, task.spec)
    if failure.status in (401, 402, 403) and task.key_id:
        ApiKey.objects.filter(pk=task.key_id).update(last_error=explanation.what[:200])
    fail(task, "refused", failure.message or explanation.what, failure)


def fail(task: Task, reason: str, text: str, failure: Refused | None = None) -> None:
    status = failure.status if failure else None
    happened = Happened("refused", f"Not accepted: {text}", {"http": status} if status else {})
    code = (failure.code if failure else "")[:64]
    _end(task, State.FAILED, happened, reason, text, http_status=status, error_code=code)


def uncertain(task: Task, text: str, status: int | None) -> None:
    happened = Happened(
        "uncertain",
        f"The request left, no clear answer came back: {text}. It may have been charged.",
        {"http": status} if status else {},
    )
    _end(task, State.UNCERTAIN, happened, "no-answer", text, http_status=status)


def _end(
    task: Task, to: Task.State, happened: Happened, reason: str, error: str, **fields: Any
) -> None:
    """The sending has ended without a task at the gateway that we know of."""
    persist(
        lambda: change(
            task.pk,
            State.SUBMITTING,
            to=to,
            attempts=task.attempts,
            happened=happened,
            reason=reason,
            error_message=error[:500],
            claimed_until=None,
            **fields,
        )
    )
