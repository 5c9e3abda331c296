"""What the answer to a poll means for a task."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from generation import clock
from generation.catalog.explanations import explain
from generation.gateway.failures import GatewayFailure, NotFound, Unauthorized
from generation.gateway.results import Phase, TaskReply
from generation.lifecycle import key_health
from generation.lifecycle.key_rotation import drop_retired
from generation.lifecycle.reply_facts import cost_of, facts, priced
from generation.lifecycle.transitions import Happened, State, change, record
from generation.models import EventKind, Output, Reason, Task, next_revision
from generation.workers.failpoints import failpoint
from generation.workers.prepared_queries import Insert, Write
from generation.workers.wakeups import wake_archive

RESULT_LIFETIME = timedelta(hours=24)
"""How long a result URL is assumed to live (docs/gateway.md)."""

MISSES_ALLOWED = 3
EMPTY_ALLOWED = 5
PAUSE = timedelta(seconds=60)


def apply_reply(task: Task, reply: TaskReply) -> None:
    match reply.phase:
        case Phase.RUNNING:
            _still_running(task, reply)
        case Phase.COMPLETED if reply.outputs:
            _completed(task, reply)
        case Phase.COMPLETED:
            _completed_without_file(task, reply)
        case Phase.FAILED:
            _failed(task, reply)


def _still_running(task: Task, reply: TaskReply) -> None:
    # A bar that runs backwards helps nobody; the timeline keeps what was said.
    progress = max(reply.progress or 0.0, task.progress or 0.0) or None
    status = reply.status_word[:40]
    fresh: dict[str, Any] = {}
    if round((progress or 0) * 100) != task.percent:
        fresh["progress"] = progress
    if status != task.gateway_status:
        fresh["gateway_status"] = status
    if task.unreachable_since is not None:
        fresh["unreachable_since"] = None
    if fresh:
        said = Happened(
            EventKind.STATUS, f"The gateway says “{status}”.", {"status": status, **facts(reply)}
        )
        _update_quietly(task, said if "gateway_status" in fresh else None, **fresh, misses=0)
    elif task.misses:
        Task.objects.filter(pk=task.pk, state=State.PROCESSING).update(misses=0)


_followed = Write(lambda pk: Task.objects.filter(pk=pk, state=State.PROCESSING))


def _update_quietly(task: Task, happened: Happened | None = None, **fields: Any) -> None:
    """A visible change within the state, with a line in the timeline or without.

    Whoever comes too late, when the task has moved on, changes nothing and says nothing.
    """
    with transaction.atomic():
        revision = next_revision()
        if _followed(task.pk, revision=revision, **fields) and happened is not None:
            record(task.pk, State.PROCESSING, happened)


_insert = Insert(Output)


def _completed(task: Task, reply: TaskReply) -> None:
    now = timezone.now()
    with transaction.atomic():
        changed = change(
            task.pk,
            State.PROCESSING,
            to=State.ARCHIVING,
            happened=Happened(
                EventKind.GENERATED,
                "The gateway finished. Saving the result.",
                {**priced(reply), "files": len(reply.outputs)},
            ),
            progress=1.0,
            generated_at=now,
            gateway_status=reply.status_word[:40],
            unreachable_since=None,
            misses=0,
            reason="",
            **cost_of(reply),
        )
        if not changed:
            return
        for position, file in enumerate(reply.outputs):
            _insert(
                Output(
                    task_id=task.pk,
                    position=position,
                    kind=_kind(task, file.kind),
                    source_url=file.url,
                    expires_at=_expiry(reply, now),
                )
            )
        transaction.on_commit(partial(failpoint, "poll-before-wakeup"))
        wake_archive()


def _kind(task: Task, kind: str) -> str:
    if kind in Output.Kind.values:
        return kind
    return task.spec.output if task.spec else Output.Kind.VIDEO


def _expiry(reply: TaskReply, now: datetime) -> datetime:
    return clock.believed(reply.completed_at, now) + RESULT_LIFETIME


def _completed_without_file(task: Task, reply: TaskReply) -> None:
    if task.empty_results + 1 < EMPTY_ALLOWED:
        text = "The gateway says it is done but names no file yet. Looking again."
        _update_quietly(
            task,
            Happened(EventKind.EMPTY, text, facts(reply)),
            empty_results=task.empty_results + 1,
            misses=0,
            unreachable_since=None,
        )
        return
    _no_file(
        task, reply, f"The gateway says it is done, but named no file in {EMPTY_ALLOWED} polls."
    )


def _no_file(task: Task, reply: TaskReply, text: str) -> None:
    _uncertain(task, Reason.NO_FILE, text, priced(reply), **cost_of(reply))


def _failed(task: Task, reply: TaskReply) -> None:
    explanation = explain(task.spec, reply.error_code, reply.error_message)
    change(
        task.pk,
        State.PROCESSING,
        to=State.FAILED,
        happened=Happened(
            EventKind.FAILED,
            f"The gateway reports a failure: {reply.error_message or explanation.what}",
            {"code": reply.error_code, **priced(reply)},
        ),
        reason=Reason.GENERATION,
        error_code=reply.error_code[:64],
        error_message=(reply.error_message or explanation.what)[:500],
        gateway_status=reply.status_word[:40],
        unreachable_since=None,
        **cost_of(reply),
    )


def apply_failure(task: Task, failure: GatewayFailure, asked_at: datetime) -> None:
    """Writes down that a poll did not work. It never fails a task: the gateway may still finish it."""
    if isinstance(failure, Unauthorized):
        _key_refused(task, failure)
    elif task.deadline_at is not None and asked_at > task.deadline_at:
        overdue(task, failure)
    elif isinstance(failure, NotFound):
        _not_found(task, failure)
    else:
        _unreachable(task, failure)


def overdue(task: Task, said: TaskReply | GatewayFailure | None = None) -> None:
    """Ends the following of a task that should long have ended; `said` is what was last said."""
    if isinstance(said, TaskReply) and said.phase is Phase.COMPLETED:
        _no_file(task, said, "The gateway says it is done, but names no file.")
        return
    text = "The gateway has not finished within the time this model may take."
    _uncertain(task, Reason.DEADLINE, text, facts(said))


def _not_found(task: Task, failure: NotFound) -> None:
    misses = task.misses + 1
    if misses < MISSES_ALLOWED:
        text = "The gateway does not know the task. Looking again."
        _update_quietly(task, Happened(EventKind.NOT_FOUND, text, facts(failure)), misses=misses)
        return
    text = f"The gateway did not know the task {misses} times in a row."
    _uncertain(task, Reason.NOT_FOUND, text, facts(failure), misses=misses, http_status=404)


def _uncertain(
    task: Task, reason: Reason, text: str, detail: dict[str, Any], **fields: Any
) -> None:
    change(
        task.pk,
        State.PROCESSING,
        to=State.UNCERTAIN,
        happened=Happened(EventKind.UNCERTAIN, text, detail),
        reason=reason,
        **fields,
    )


def _key_refused(task: Task, failure: Unauthorized) -> None:
    if drop_retired(task):
        text = "The gateway no longer takes the key’s old secret. Asking with the new one."
        happened = Happened(EventKind.KEY_REFUSED, text, facts(failure))
        _update_quietly(task, happened, next_poll_at=timezone.now())
        return
    assert task.key_id is not None
    key_health.refused(task.key_id, failure)
    text = f"The gateway refused the key (HTTP {failure.status}). The task waits until an admin mends the key."
    _wait_for_key(task, Happened(EventKind.KEY_REFUSED, text, facts(failure)))


def apply_no_key(task: Task) -> None:
    """Writes down that nobody can poll: the task's key was deleted, or cannot be decrypted."""
    if task.key_id is not None:
        text = "The key cannot be decrypted. The task waits until an admin enters it again."
        _wait_for_key(task, Happened(EventKind.KEY_UNREADABLE, text))
    elif task.deadline_at is not None and timezone.now() > task.deadline_at:
        overdue(task)
    else:
        text = "The key of this task was deleted, so the gateway cannot be asked about it."
        _put_off(task, Happened(EventKind.KEY_MISSING, text))


def _wait_for_key(task: Task, happened: Happened) -> None:
    """Until somebody mends it: time in which nobody may ask does not count against the deadline."""
    later = task.deadline_at and max(task.deadline_at, timezone.now()) + PAUSE
    _put_off(task, happened, deadline_at=later)


def _put_off(task: Task, happened: Happened, **fields: Any) -> None:
    fields["next_poll_at"] = timezone.now() + PAUSE
    if task.reason == Reason.KEY:
        Task.objects.filter(pk=task.pk, state=State.PROCESSING).update(**fields)
        return
    _update_quietly(task, happened, reason=Reason.KEY, **fields)


def key_accepted(task: Task) -> None:
    text = "The gateway accepts the key again."
    _update_quietly(task, Happened(EventKind.KEY_ACCEPTED, text), reason="")


def _unreachable(task: Task, failure: GatewayFailure) -> None:
    if task.unreachable_since is not None:
        return
    text = f"The gateway does not answer: {failure}. Looking again."
    happened = Happened(EventKind.UNREACHABLE, text, facts(failure))
    _update_quietly(task, happened, unreachable_since=timezone.now())
