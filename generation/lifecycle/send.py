"""queued -> submitting -> processing: a create is sent at most once unless it surely did not arrive."""

import logging
import time
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from generation.catalog.errors import explain_http
from generation.gateway.client import GatewayClient
from generation.gateway.failures import Ambiguous, Busy, NotSent, Refused
from generation.gateway.results import Phase, TaskReply
from generation.media.fitting import CannotFit
from generation.models import ApiKey, Task
from generation.models.secrets import SecretUnreadable
from viduweb.logs import bound

from .bells import ring_submit
from .clients import open_client
from .crashpoints import crash
from .follow import ensure_pump
from .inputs import InputMissing, request_params
from .outcome import apply_reply
from .pacing import deadline_for, first_look
from .transitions import Happened, State, change, record
from .vitals import beat, beating, persist

logger = logging.getLogger(__name__)

MAX_PAUSE = 300.0

BUDGET = 8.0
"""Seconds one job goes on taking tasks before it lets others have the worker, or lets it stop."""

CLAIM = timedelta(seconds=180)
"""How long the images may take to be made ready."""

SENDING = timedelta(seconds=60)
"""Renewed while the request is under way, so that a dead sender is soon known to be dead."""


def send_due() -> None:
    """Sends queued tasks until none is due; rings again when its time is over."""
    end = time.monotonic() + BUDGET
    client: GatewayClient | None = None
    try:
        while time.monotonic() < end:
            beat()
            task = _claim()
            if task is None:
                return
            client = client or open_client()
            with bound(task=task.pk, key=task.key_label):
                _send(task, client)
    finally:
        if client is not None:
            client.close()
    if Task.objects.due_to_send().exists():
        ring_submit()


def _claim() -> Task | None:
    due = Task.objects.due_to_send().order_by("next_attempt_at", "created_at")
    # Other workers may have been faster with all of a batch, and there may still be more.
    while pks := list(due.values_list("pk", flat=True)[:8]):
        for pk in pks:
            claimed = change(
                pk,
                State.QUEUED,
                to=State.SUBMITTING,
                happened=Happened("claimed", "A worker prepares the request."),
                count_attempt=True,
                claimed_until=timezone.now() + CLAIM,
                sent_at=None,
            )
            if claimed:
                return Task.objects.select_related("key").get(pk=pk)
    return None


def _send(task: Task, client: GatewayClient) -> None:
    crash("send-claimed")
    secret = _secret(task)
    if secret is None:
        return
    try:
        params, notes = request_params(task)
    except (InputMissing, CannotFit) as error:
        _fail(task, "input", str(error))
        return
    for note in notes:
        record(task.pk, State.SUBMITTING, Happened("fitted", note))
    if not _mark_sent(task):
        return
    crash("send-marked")
    try:
        reply = beating(
            lambda: client.create(task.model, params, secret), meanwhile=lambda: _still_ours(task)
        )
    except NotSent as failure:
        _back_to_queue(task, "unreachable", f"The gateway could not be reached: {failure}")
    except Busy as failure:
        text = "The gateway is busy and asked us to wait."
        _back_to_queue(task, "busy", text, failure.retry_after)
    except Refused as failure:
        _refused(task, failure)
    except Ambiguous as failure:
        _uncertain(task, str(failure), failure.status)
    except Exception:
        logger.exception("task %s: unexpected failure while sending", task.pk)
        _uncertain(task, "Something unexpected happened after the request was started", None)
    else:
        accept(task, reply)


def _secret(task: Task) -> str | None:
    if task.key is None or not task.key.active:
        _fail(task, "key", "The key this task was to use has been removed or switched off.")
        return None
    try:
        return task.key.reveal()
    except SecretUnreadable:
        _fail(task, "key", "The key cannot be decrypted. An admin has to enter it again.")
        return None


def _mark_sent(task: Task) -> bool:
    """From this commit on the request may have arrived; False when the claim is no longer ours."""
    mine = Task.objects.filter(pk=task.pk, state=State.SUBMITTING, attempts=task.attempts)
    happened = Happened("sending", "The request leaves now.", {"attempt": task.attempts})

    def write() -> bool:
        now = timezone.now()
        with transaction.atomic():
            if mine.filter(sent_at=None).update(sent_at=now, claimed_until=now + SENDING):
                record(task.pk, State.SUBMITTING, happened)
                return True
            # Written already, when only the answer to an earlier commit was lost.
            return mine.exists()

    return persist(write, patience=30.0)


def _still_ours(task: Task) -> bool:
    """Renews the claim; False when someone else has the task."""
    mine = Task.objects.filter(pk=task.pk, state=State.SUBMITTING, attempts=task.attempts)
    return bool(mine.update(claimed_until=timezone.now() + SENDING))


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
            next_poll_at=now + first_look(),
            deadline_at=now + deadline_for(task),
            reason="",
        )

    try:
        accepted = persist(write)
    except IntegrityError:
        _uncertain(task, "The gateway answered with the id of another task", None)
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


def _back_to_queue(task: Task, reason: str, text: str, retry_after: float | None = None) -> None:
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


def _refused(task: Task, failure: Refused) -> None:
    explanation = explain_http(failure.status or 0, failure.code, failure.message, task.spec)
    if failure.status in (401, 402, 403) and task.key_id:
        ApiKey.objects.filter(pk=task.key_id).update(last_error=explanation.what[:200])
    _fail(task, "refused", failure.message or explanation.what, failure)


def _fail(task: Task, reason: str, text: str, failure: Refused | None = None) -> None:
    status = failure.status if failure else None
    persist(
        lambda: change(
            task.pk,
            State.SUBMITTING,
            to=State.FAILED,
            attempts=task.attempts,
            happened=Happened(
                "refused", f"Not accepted: {text}", {"http": status} if status else {}
            ),
            reason=reason,
            error_code=(failure.code if failure else "")[:64],
            error_message=text[:500],
            http_status=status,
            claimed_until=None,
        )
    )


def _uncertain(task: Task, text: str, status: int | None) -> None:
    persist(
        lambda: change(
            task.pk,
            State.SUBMITTING,
            to=State.UNCERTAIN,
            attempts=task.attempts,
            happened=Happened(
                "uncertain",
                f"The request left, no clear answer came back: {text}. It may have been charged.",
                {"http": status} if status else {},
            ),
            reason="no-answer",
            error_message=text[:500],
            http_status=status,
            claimed_until=None,
        )
    )
