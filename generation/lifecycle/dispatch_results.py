"""What became of a create: each answer, or its absence, written down on the task's row."""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from generation.catalog.explanations import explain_http
from generation.gateway.failures import GatewayFailure, Refused, Unauthorized
from generation.gateway.results import Phase, TaskReply
from generation.lifecycle import key_health
from generation.lifecycle.key_rotation import drop_retired
from generation.lifecycle.poll_results import apply_reply
from generation.lifecycle.poller import ensure_poller
from generation.lifecycle.reply_facts import facts
from generation.lifecycle.transitions import Happened, State, change, record
from generation.models import ApiKey, EventKind, Reason, Task
from generation.scheduling.poll_schedule import deadline_for, first_poll
from generation.workers.database import retry_on_db_error
from generation.workers.failpoints import failpoint
from generation.workers.prepared_queries import Write

logger = logging.getLogger(__name__)

MAX_PAUSE = 300.0

USE_NOTED_EVERY = timedelta(seconds=30)
"""People see the minute of a key's last use."""


_used = Write(lambda key: ApiKey.objects.filter(pk=key), **key_health.IN_ORDER)


def accept(task: Task, reply: TaskReply) -> None:
    """Commits the remote id before anything else happens with it."""
    now = timezone.now()
    failpoint("dispatch-answered")

    def write() -> bool:
        return change(
            task.pk,
            State.SUBMITTING,
            State.UNCERTAIN,
            to=State.PROCESSING,
            attempts=task.attempts,
            happened=Happened(
                EventKind.ACCEPTED,
                "The gateway accepted the task.",
                _as_told(reply),
            ),
            remote_id=reply.remote_id,
            accepted_at=now,
            claimed_until=None,
            gateway_status=reply.status_word[:40],
            next_poll_at=now + first_poll(task),
            deadline_at=now + deadline_for(task),
            reason="",
        )

    try:
        accepted = retry_on_db_error(write)
    except IntegrityError:
        uncertain(task, "The gateway answered with the id of another task", None)
        return
    if not accepted:
        logger.error("task %s was taken from us; remote id %s", task.pk, reply.remote_id)
        retry_on_db_error(lambda: _note_late(task, reply))
        return
    failpoint("dispatch-accepted")
    assert task.key is not None
    _note_use(task.key, now)
    if reply.phase is not Phase.RUNNING:
        task.refresh_from_db()
        apply_reply(task, reply)
    ensure_poller()


def _note_use(key: ApiKey, now: datetime) -> None:
    """`key` is as it was when the task was claimed."""
    in_order = not key.last_error and not key.paused_at
    if not in_order or key.last_used_at is None or now - key.last_used_at >= USE_NOTED_EVERY:
        _used(key.pk, last_used_at=now)


def _note_late(task: Task, reply: TaskReply) -> None:
    """People had decided meanwhile; who asks the gateway about it needs the id."""
    with transaction.atomic():
        now = Task.objects.select_for_update().get(pk=task.pk)
        text = "The gateway’s answer came late: it has the task. Here it stays as it is."
        record(now.pk, now.state, Happened(EventKind.LATE, text, _as_told(reply)))


def _as_told(reply: TaskReply) -> dict[str, Any]:
    return {"remote_id": reply.remote_id, "status": reply.status_word, **facts(reply)}


def back_to_queue(
    task: Task, reason: Reason | None, text: str, failure: GatewayFailure | None = None
) -> None:
    """It surely did not arrive, or was put off: again after a while, as the gateway asked."""
    asked = failure.retry_after if failure else None
    pause = _pause(task.attempts) if asked is None else max(asked, 1.0)
    retry_on_db_error(
        lambda: change(
            task.pk,
            State.SUBMITTING,
            to=State.QUEUED,
            attempts=task.attempts,
            happened=Happened(
                EventKind.WAITS,
                f"{text} Next try in {round(pause)} s.",
                {"attempt": task.attempts, **facts(failure)},
            ),
            next_attempt_at=timezone.now() + timedelta(seconds=pause),
            claimed_until=None,
            sent_at=None,
            reason=reason or "",
        )
    )
    # The poller wakes us when the pause is over; `reconcile` alone might take a minute longer.
    ensure_poller()


def _pause(attempts: int) -> float:
    # After days without a gateway, doubling alone would be more than a number can be.
    return min(2.0 ** min(attempts, 16), MAX_PAUSE)


def refused(task: Task, failure: Refused) -> None:
    explanation = explain_http(failure.status or 0, failure.code, failure.message, task.spec)
    if task.key_id and not drop_retired(task):
        _note_refusal(task.key_id, failure, explanation.what)
    fail(task, Reason.REFUSED, failure.message or explanation.what, failure)


def _note_refusal(key_id: UUID, failure: Refused, what: str) -> None:
    if isinstance(failure, Unauthorized) and not failure.local and not _is_about_model(failure):
        key_health.refused(key_id, failure)
    elif failure.status in (401, 402, 403):
        key_health.fails(key_id, what)


def _is_about_model(failure: Refused) -> bool:
    """A model that the key may not use says nothing of other models."""
    return failure.status == 403 and "model" in failure.message.lower()


def fail(task: Task, reason: Reason, text: str, failure: Refused | None = None) -> None:
    status = failure.status if failure else None
    happened = Happened(EventKind.REFUSED, f"Not accepted: {text}", facts(failure))
    code = (failure.code if failure else "")[:64]
    _end(task, State.FAILED, happened, reason, text, http_status=status, error_code=code)


def uncertain(task: Task, text: str, failure: GatewayFailure | None) -> None:
    happened = Happened(
        EventKind.UNCERTAIN,
        f"The request left, no clear answer came back: {text.rstrip('.')}.",
        facts(failure),
    )
    status = failure.status if failure else None
    _end(task, State.UNCERTAIN, happened, Reason.NO_ANSWER, text, http_status=status)


def _end(
    task: Task, to: Task.State, happened: Happened, reason: Reason, error: str, **fields: Any
) -> None:
    retry_on_db_error(
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
