"""What people or the gateway's bill say that an ended task has cost, when the gateway did not."""

from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from generation.catalog.money import usd
from generation.lifecycle import subject_uses
from generation.lifecycle.transitions import ENDED, Happened, record
from generation.models import BillRow, EventKind, Task, TaskEvent, User, next_revision
from generation.money import bill_compare, ledger
from generation.money.amounts import micros, usd_of
from generation.money.bill_verdicts import amount_due

MOST = Decimal(10_000)
"""USD; as for what the gateway tells, more is taken for a misread amount."""


class CannotSettle(Exception):
    """The task has not ended; the text says what to do."""


def settle(task: Task, who: User, amount: Decimal, reason: str) -> None:
    """Says what the task has cost, in a new line of its ledger; raises CannotSettle."""
    with transaction.atomic():
        revision = next_revision()
        _book(_ended(task.pk), who, amount, reason, revision)


def settle_by_bill(row: BillRow, who: User, reason: str) -> bool:
    """Says that the task has cost what the bill says; False when that is so already.

    Raises CannotSettle. Of two that press at once, the second finds it done.
    """
    with transaction.atomic():
        revision = next_revision()
        row = BillRow.objects.get(pk=row.pk)
        if row.task_id is None:
            raise CannotSettle("No task here has this id.")
        task = _ended(row.task_id)
        due = amount_due(row, None if task.charge is None else micros(task.charge))
        if due is None:
            raise CannotSettle(
                "The bill has only what was given back. On the task’s page, say what it had cost."
            )
        amount, refund = usd_of(due), row.net if (row.net or 0) < 0 else None
        done = task.charge == amount or _given_back(row)
        BillRow.objects.filter(pk=row.pk).update(settled_at=timezone.now(), settled_by=who)
        if done:
            bill_compare.follow(task)
        else:
            _book(task, who, amount, reason, revision, refund)
    return not done


def _given_back(row: BillRow) -> bool:
    """Whether this refund was taken off already, by this bill, or by one that has it too or had it."""
    if (row.net or 0) >= 0:
        return False
    same = BillRow.objects.filter(remote_id=row.remote_id, net=row.net, settled_at__isnull=False)
    told = TaskEvent.objects.filter(task=row.task_id, kind=EventKind.SETTLED)
    return same.exists() or told.filter(detail__refund=row.net).exists()


def settle_missing(task: Task, who: User, reason: str) -> bool:
    """Says that a task has cost nothing, as the bill does not name it; False when that is so already."""
    with transaction.atomic():
        revision = next_revision()
        ended = _ended(task.pk)
        if ended.charge == 0:
            return False
        _book(ended, who, Decimal(0), reason, revision)
    return True


def _ended(pk: UUID) -> Task:
    found = Task.objects.filter(pk=pk, state__in=ENDED).first()
    if found is None:
        raise CannotSettle("It has not ended yet: decide what became of it first.")
    return found


def _book(
    task: Task,
    who: User,
    amount: Decimal,
    reason: str,
    revision: int,
    refund: int | None = None,
) -> None:
    if amount > MOST:
        raise CannotSettle(f"{usd(amount)} is more than one task can cost.")
    # Before the row says it: what was known so far has to be taken back.
    ledger.correct(task.pk, amount, ledger.Because(reason, who))
    subject_uses.correct(task.pk, amount - (task.charge or Decimal(0)))
    Task.objects.filter(pk=task.pk).update(settled=amount, revision=revision)
    task.settled = amount
    bill_compare.follow(task)
    text = f"Settled at {usd(amount)}: {reason}"
    detail = {} if refund is None else {"refund": refund}
    happened = Happened(EventKind.SETTLED, text, detail, who=who)
    record(task.pk, Task.State(task.state), happened)
