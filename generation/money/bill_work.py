"""What a worker does with a bill: reads it, compares it again, or deletes it."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import DataError
from django.db.models import Q, QuerySet
from django.utils import timezone

from generation import clock
from generation.models import Bill, BillRow
from generation.workers.wakeups import wake

from . import bill_compare, bill_reading
from .bill_files import JOB

logger = logging.getLogger(__name__)

UNFORESEEN = "Something in it cannot be read. The worker’s log says what."

CLAIM = timedelta(minutes=6)
"""Longer than a job may take."""

DELETED_AT_ONCE = 5000


def wake_due() -> None:
    """Once a minute: what no worker has in hand, as a message was lost or its worker died."""
    waits = Bill.objects.filter(state__in=(Bill.State.READING, Bill.State.DELETING))
    due = waits | Bill.objects.filter(state=Bill.State.READY, compared_at=None)
    for pk in due.filter(_unclaimed()).values_list("pk", flat=True):
        wake(JOB, str(pk))


def _unclaimed() -> Q:
    now = timezone.now()
    return _run_out(now) | Q(claimed_until=None, uploaded_at__lt=now - timedelta(minutes=1))


def _run_out(now: datetime) -> Q:
    """Also a claim that lies further ahead than any is made: the clock was set back since."""
    return Q(claimed_until__lt=now) | Q(claimed_until__gt=clock.farthest(now, CLAIM))


def compare_again(bill: Bill) -> None:
    wake(JOB, str(bill.pk))


def work(pk: UUID) -> None:
    """Whatever its state asks for; of several workers, one does it."""
    now = timezone.now()
    free = Bill.objects.filter(Q(claimed_until=None) | _run_out(now), pk=pk)
    if not free.update(claimed_until=now + CLAIM):
        return
    bill = Bill.objects.get(pk=pk)
    match bill.state:
        case Bill.State.READING:
            _read(bill)
        case Bill.State.READY:
            bill_compare.compare(bill)
        case Bill.State.DELETING:
            _remove(bill)
    Bill.objects.filter(pk=pk).update(claimed_until=None)
    if bill.state != Bill.State.DELETING and _of_state(pk, Bill.State.DELETING).exists():
        wake(JOB, str(pk))


def _of_state(pk: UUID, state: Bill.State) -> QuerySet[Bill]:
    return Bill.objects.filter(pk=pk, state=state)


def _read(bill: Bill) -> None:
    reading = _of_state(bill.pk, Bill.State.READING)
    try:
        _take_in(bill, reading)
    except (ArithmeticError, LookupError, TypeError, ValueError, DataError):
        # Not what the machine is to blame for: that is tried again.
        logger.exception("bill %s: could not be read", bill.pk)
        reading.update(state=Bill.State.FAILED, problems=[UNFORESEEN])
    if not reading.exists():
        default_storage.delete(str(bill.file))


def _take_in(bill: Bill, reading: QuerySet[Bill]) -> None:
    if not bill_reading.read(bill):
        reading.update(state=Bill.State.FAILED, problems=bill.problems)
        return
    found = ("lines", "left_out", "problems", "unit", "total", "since", "until")
    reading.update(**{name: getattr(bill, name) for name in found})
    bill_compare.compare(bill)
    reading.update(state=Bill.State.READY, file="")


def _remove(bill: Bill) -> None:
    name = str(bill.file)
    while some := list(bill.rows.values_list("pk", flat=True)[:DELETED_AT_ONCE]):
        BillRow.objects.filter(pk__in=some).delete()
    bill.delete()
    if name:
        default_storage.delete(name)
