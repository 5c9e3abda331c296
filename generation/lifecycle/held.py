"""What admins decide about tasks that are held after a restore."""

from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from generation.lifecycle.transitions import Happened, State, change_all
from generation.models import EventKind, Reason, Task, User, next_revision
from generation.models.task import NEVER
from generation.money import ledger
from generation.workers.wakeups import wake_dispatch


def found_there(who: User, task_id: UUID) -> bool:
    """Makes a held task uncertain, since a person has found it at the gateway; False if it is not held.

    Its id can then be entered like that of any uncertain task, so that its result comes here.
    """
    held = Task.objects.held().filter(pk=task_id)
    text = "An admin has found it at the gateway. Enter its id there to have the result here."
    with transaction.atomic():
        next_revision()
        asked = list(held.filter(next_attempt_at=NEVER))
        found = change_all(
            held,
            State.QUEUED,
            to=State.UNCERTAIN,
            happened=Happened(EventKind.UNCERTAIN, text, who=who),
            held_since=None,
            reason=Reason.NO_ANSWER,
            error_message="It was sent before the database was restored",
        )
        if asked:
            # Somebody released it over its budget, and the copy does not know of that.
            ledger.hold(asked, ledger.Because(EventKind.UNCERTAIN, who))
    return bool(found)


def release(who: User, task_id: UUID | None = None) -> int:
    """Lets one held task go, or all; how many. One that was being sent then becomes uncertain.

    One that was over a budget waits for an admin on: nobody has said that it may be paid.
    """
    held = Task.objects.held()
    if task_id is not None:
        held = held.filter(pk=task_id)
    with transaction.atomic():
        next_revision()
        sent = change_all(
            held.exclude(sent_at=F("held_since")),
            State.QUEUED,
            to=State.UNCERTAIN,
            happened=Happened(
                EventKind.UNCERTAIN, "Released. It was being sent when the copy was made.", who=who
            ),
            held_since=None,
            reason=Reason.NO_ANSWER,
            error_message="It was being sent when the copy of the database was made",
        )
        asked = change_all(
            held.filter(next_attempt_at=NEVER),
            State.QUEUED,
            to=State.QUEUED,
            happened=Happened(
                EventKind.RELEASED, "Released by an admin. It is still over a budget.", who=who
            ),
            held_since=None,
            sent_at=None,
            reason=Reason.OVER_BUDGET,
        )
        queued = change_all(
            held,
            State.QUEUED,
            to=State.QUEUED,
            happened=Happened(
                EventKind.RELEASED, "Released by an admin. Back in the queue.", who=who
            ),
            held_since=None,
            sent_at=None,
            next_attempt_at=timezone.now(),
            reason="",
        )
        wake_dispatch()
    return sent + asked + queued
