"""What a bill says of each task that it names; kept with its rows."""

from typing import Any

from django.db import transaction
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Abs, Cast, Coalesce, Round

from generation.models import Bill, BillRow, Task, next_revision
from generation.models.reason import FREE

from .amounts import MILLION
from .bill_reading import AT_ONCE

ENDED = (Task.State.COMPLETED, Task.State.FAILED, Task.State.LOST, Task.State.CANCELED)


class Verdict:
    AGREES = "agrees"
    DIFFERS = "differs"
    OPEN = "open"
    RUNNING = "running"
    UNKNOWN = "unknown"
    MISSING = "missing"


def judge_rows(bill: Bill, rows: list[int]) -> None:
    for some in (rows[n : n + AT_ONCE] for n in range(0, len(rows), AT_ONCE)):
        judge(bill, pk__in=some)
        named = BillRow.objects.filter(pk__in=some).values("task")
        bill.rows.filter(verdict=Verdict.MISSING, task__in=named).delete()
    if rows:
        Bill.objects.filter(pk=bill.pk).update(tallies=None)


def judge(bill: Bill, **which: Any) -> None:
    with transaction.atomic():
        # Its lock keeps everybody from settling meanwhile.
        next_revision()
        keep(bill.rows.filter(net__isnull=False, **which))


def keep(rows: QuerySet[BillRow]) -> None:
    right = _judged().filter(pk=OuterRef("pk"))
    rows.update(verdict=Subquery(right.values("right")), ours=Subquery(right.values("here")))


def _micros(name: str) -> Cast:
    return Cast(Round(F(name) * MILLION), BigIntegerField())


def _judged() -> Any:
    """Rows with the verdict that is `right`, and what their tasks cost `here`."""
    free = (Q(task__sent_at=None) | Q(task__reason__in=FREE)) & Q(task__was_held=False)
    here = Case(
        When(task__settled__isnull=False, then=_micros("task__settled")),
        When(task__cost__isnull=False, then=_micros("task__cost")),
        When(free, then=Value(0)),
        output_field=BigIntegerField(),
    )
    right = Case(
        When(task=None, then=Value(Verdict.UNKNOWN)),
        When(~Q(task__state__in=ENDED), then=Value(Verdict.RUNNING)),
        When(net__lt=0, settled_at__isnull=False, then=Value(Verdict.AGREES)),
        When(here=None, then=Value(Verdict.OPEN)),
        When(net__lt=0, then=Value(Verdict.DIFFERS)),
        When(off__lte=F("bill__unit"), then=Value(Verdict.AGREES)),
        default=Value(Verdict.DIFFERS),
        output_field=CharField(),
    )
    # Twice what they differ by: amounts in whole cents say nothing of half of one.
    off = Coalesce(Abs(F("here") - F("net")), 0) * 2
    return BillRow.objects.annotate(here=here).annotate(off=off).annotate(right=right)


def amount_due(row: BillRow, charge: int | None) -> int | None:
    """What the task should cost by the bill; a bill with only a refund takes it off what it cost,
    and says nothing where nobody knows that.
    """
    net = row.net or 0
    if net >= 0:
        return net
    return None if charge is None else max(0, charge + net)
