"""What became of a result: it is ours, or it is tried again later, until its address is dead."""

from datetime import timedelta
from typing import Any, TypeGuard

from django.db import transaction
from django.utils import timezone

from generation.gateway.results import Phase, TaskReply
from generation.lifecycle import reply_facts
from generation.lifecycle.output_claims import update
from generation.lifecycle.poll_results import RESULT_LIFETIME
from generation.lifecycle.poller import ensure_poller
from generation.lifecycle.transitions import Happened, State, because, change, record
from generation.media.inspect import OutputFacts
from generation.models import EventKind, Output, Reason, Task, next_revision
from generation.money import ledger
from generation.workers.database import retry_on_db_error
from generation.workers.prepared_queries import Rows

FIRST_PAUSE, LONGEST_PAUSE = 2.5, 600.0
"""Seconds before another try: doubled with each one, the first time from twice FIRST_PAUSE."""

GONE_ALLOWED = 8
"""How often the address may say "gone" before the file counts as lost: over ten minutes, each
time asking the gateway for a fresh one. Counted, not timed, as a clock may be set forward."""

OLD = timedelta(days=1)
TRIED_OFTEN = 50
"""A result that cannot be saved is given up OLD after its end, and after so many tries: eight
hours of them, as a clock that was set forward, or a long absence, makes any address look old."""


def stored(output: Output, facts: OutputFacts, names: dict[str, Any]) -> None:
    with transaction.atomic():
        # Taking the revision first is what keeps the last two files of one task in order.
        revision = next_revision()
        is_ours = update(
            output,
            state=Output.State.STORED,
            stored_at=timezone.now(),
            last_error="",
            mime=facts.mime,
            kind=facts.kind,
            width=facts.width,
            height=facts.height,
            duration=facts.duration,
            bytes=facts.bytes,
            sha256=facts.sha256,
            **names,
        )
        if is_ours:
            settle(output.task, revision)


_states = Rows(
    lambda task: Output.objects.filter(task=task).order_by().values_list("state", flat=True)
)


def settle(task: Task, revision: int | None = None) -> None:
    """Ends an archiving task once none of its files is pending: completed, or lost if one is.

    `revision` is one that the current transaction has taken already.
    """
    states = set(_states(task.pk))
    if Output.State.PENDING in states:
        return
    lost = Output.State.LOST in states
    change(
        task.pk,
        State.ARCHIVING,
        to=State.LOST if lost else State.COMPLETED,
        happened=(
            Happened(EventKind.LOST, "The result's address died before the file was safe.")
            if lost
            else Happened(EventKind.COMPLETED, "The result is saved.")
        ),
        revision=revision,
        reason=Reason.EXPIRED if lost else "",
    )


def try_later(output: Output, error: str, *, gone: bool, reply: TaskReply | None = None) -> None:
    """Keeps the task archiving, at risk and visibly so, until the address is dead for good.

    `reply` is what the gateway says of the task now.
    """
    times_gone = output.times_gone + gone
    now = timezone.now()
    if _take_address(output, _address_in(reply, output)):
        error = f"{error}. The gateway gave a fresh address"
        output.expires_at = now + RESULT_LIFETIME
    elif gone:
        # Whatever was assumed of its life, that is over.
        output.expires_at = min(output.expires_at, now)
    too_old = now > output.expires_at + OLD and output.attempts >= TRIED_OFTEN
    dead = times_gone >= GONE_ALLOWED or too_old
    pause = timedelta(seconds=min(FIRST_PAUSE * 2 ** min(output.attempts, 10), LONGEST_PAUSE))
    happened = Happened(
        EventKind.AT_RISK,
        f"Could not save the result: {error}",
        {
            **(reply_facts.priced(reply) if _is_done(reply) else reply_facts.facts(reply)),
            **{"attempt": output.attempts, "gone": gone, "file": output.position},
        },
    )
    cost = reply_facts.cost_of(reply) if _is_done(reply) else {}
    fields: dict[str, object] = {
        "last_error": error[:300].rstrip("."),
        "times_gone": times_gone,
        "next_attempt_at": now + pause,
        "expires_at": output.expires_at,
    }
    if dead:
        fields["state"] = Output.State.LOST
    retry_on_db_error(lambda: _write_down(output, happened, fields, cost))
    if not dead:
        # The poller wakes us when the pause is over; `reconcile` alone may take a minute longer.
        ensure_poller()


def _write_down(
    output: Output, happened: Happened, fields: dict[str, object], cost: dict[str, Any]
) -> None:
    with transaction.atomic():
        revision = next_revision()
        if not update(output, **fields):
            return
        Task.objects.filter(pk=output.task_id).update(
            revision=revision, reason=Reason.AT_RISK, **cost
        )
        record(output.task_id, State.ARCHIVING, happened)
        if cost:
            ledger.settle(output.task_id, because(happened), ends=False)
        if fields.get("state") == Output.State.LOST:
            settle(output.task)


def _is_done(reply: TaskReply | None) -> TypeGuard[TaskReply]:
    return reply is not None and reply.phase is Phase.COMPLETED


def _address_in(reply: TaskReply | None, output: Output) -> str:
    if reply is None or len(reply.outputs) <= output.position:
        return ""
    return reply.outputs[output.position].url


def _take_address(output: Output, address: str) -> bool:
    if address in ("", output.source_url):
        return False
    return retry_on_db_error(lambda: update(output, source_url=address))
