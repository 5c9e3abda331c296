"""Tasks over a budget wait for an admin, who releases or declines them."""

from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from generation.catalog.money import usd
from generation.lifecycle.transitions import Happened, State, change
from generation.models import EventKind, Notice, Reason, Task, User, next_revision
from generation.models.task import TaskQuerySet
from generation.money import ledger
from generation.people.inbox import notify
from generation.workers.wakeups import wake_dispatch


def release(who: User, submission: UUID) -> int:
    happened = Happened(EventKind.RELEASED, f"Released over budget by {who.username}.", who=who)
    with transaction.atomic():
        next_revision()
        waiting = list(_waiting(submission))
        for task in waiting:
            change(
                task.pk,
                State.QUEUED,
                to=State.QUEUED,
                happened=happened,
                reason="",
                next_attempt_at=timezone.now(),
            )
            ledger.hold([task], ledger.Because(EventKind.RELEASED, who))
        if waiting:
            wake_dispatch()
            _tell(waiting, who, Notice.Kind.RELEASED, f"{who.username} released")
    return len(waiting)


def decline(who: User, submission: UUID, why: str) -> int:
    text = f"Declined by {who.username}: {why}"
    with transaction.atomic():
        next_revision()
        waiting = list(_waiting(submission))
        for task in waiting:
            change(
                task.pk,
                State.QUEUED,
                to=State.CANCELED,
                happened=Happened(EventKind.CANCELED, text, who=who),
                reason=Reason.DECLINED,
                error_message=text[:500],
            )
        if waiting:
            _tell(waiting, who, Notice.Kind.DECLINED, f"{who.username} declined", f": {why}")
    return len(waiting)


def _tell(tasks: list[Task], who: User, kind: str, did: str, why: str = "") -> None:
    first = tasks[0]
    known = [task.estimate for task in tasks if task.estimate is not None]
    whole = len(known) == len(tasks)
    price = f"about {usd(sum(known, Decimal(0)))}" if whole else "price unknown"
    text = f"{did} what you asked for over budget ({first.model_title}, {price}){why}"
    if first.owner_id != who.pk:
        notify([first.owner], kind, text, first.get_absolute_url())


def _waiting(submission: UUID) -> TaskQuerySet:
    """Of one member: another may have sent a form of the same number, which is decided on its own."""
    waiting = Task.objects.over_budget().filter(submission=submission)
    waiting = waiting.order_by("created_at")
    first = waiting.first()
    return waiting.filter(owner=first.owner_id) if first else waiting
