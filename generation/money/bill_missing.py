"""What was charged here and a bill does not name: rows below its lines."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from generation.models import Bill, BillRow, Task, next_revision

from .amounts import micros
from .bill_reading import AT_ONCE
from .bill_verdicts import ENDED, Verdict
from .days import Days, day_of


def missing(bill: Bill) -> QuerySet[Task]:
    """Tasks that were charged here but are not on the bill; none when its days are not known.

    Only those that began and ended on its days: what crosses midnight of the first or the last
    may stand on another.
    """
    if bill.since is None or bill.until is None:
        return Task.objects.none()
    days = Days(bill.since, bill.until)
    tasks = Task.objects.filter(created_at__gte=days.begin, finished_at__lt=days.end)
    charged = tasks.filter(Q(settled__gt=0) | Q(settled=None, cost__gt=0), state__in=ENDED)
    if bill.key_id:
        charged = charged.filter(key=bill.key_id)
    named = BillRow.objects.filter(bill=bill, task=OuterRef("pk"), net__isnull=False)
    return charged.filter(~Exists(named))


def find_missing(bill: Bill) -> None:
    kept = bill.rows.filter(verdict=Verdict.MISSING)
    found = missing(bill).order_by()
    kept.exclude(task__in=found.values("pk")).delete()
    new = found.filter(~Exists(kept.filter(task=OuterRef("pk")))).order_by("created_at", "pk")
    for some in _batches(new.values_list("pk", flat=True)):
        with transaction.atomic():
            next_revision()
            # Looked at again, under the lock: some may have been settled since.
            still = new.filter(pk__in=some)
            last = bill.rows.aggregate(last=Max("line"))["last"] or 0
            BillRow.objects.bulk_create(
                _missing_row(bill, task, last + number) for number, task in enumerate(still, 1)
            )


def _batches(pks: QuerySet[Any, Any]) -> Iterator[list[Any]]:
    every = iter(list(pks))
    while some := list(islice(every, AT_ONCE)):
        yield some


def _missing_row(bill: Bill, task: Task, line: int) -> BillRow:
    """Below the lines of the file: there it has none."""
    return BillRow(
        bill=bill,
        line=line,
        remote_id=task.remote_id,
        amount=0,
        task=task,
        ours=micros(task.charge),
        verdict=Verdict.MISSING,
    )


def follow(task: Task) -> None:
    """Keeps what is missing right when the task is settled, in that transaction."""
    of_task = BillRow.objects.filter(task=task)
    here = of_task.filter(verdict=Verdict.MISSING)
    if not task.charge:
        here.delete()
        return
    here.update(ours=micros(task.charge))
    ended = day_of(task.finished_at or task.created_at)
    ready = Bill.objects.filter(since__lte=day_of(task.created_at), until__gte=ended)
    ready = ready.filter(Q(key=None) | Q(key=task.key_id), state=Bill.State.READY)
    for bill in ready.exclude(Exists(of_task.filter(bill=OuterRef("pk")))):
        last = bill.rows.aggregate(last=Max("line"))["last"] or 0
        _missing_row(bill, task, last + 1).save(force_insert=True)
        Bill.objects.filter(pk=bill.pk).update(tallies=None)
