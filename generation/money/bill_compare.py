"""A bill beside the ledger: compared once, and followed when a task is settled.

Once a task has ended nothing but settling changes what it costs (generation/lifecycle/settling.py).
So pages read what is kept, however long the bill is.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from generation.models import Bill, BillRow, Task

from . import bill_missing
from .bill_missing import find_missing
from .bill_reading import AT_ONCE, line_ranges
from .bill_verdicts import ENDED, Verdict, judge, judge_rows, keep
from .days import day_of

OLD = timedelta(minutes=5)
"""After so long a bill of days that are not over is compared again when it is looked at."""


def compare(bill: Bill) -> None:
    """Judges every row, and finds what the bill does not name, in short transactions."""
    began = timezone.now()
    for lines in line_ranges(bill):
        judge(bill, line__range=lines)
    find_missing(bill)
    Bill.objects.filter(pk=bill.pk).update(compared_at=began, tallies=None)
    tallies(bill)


def is_old(bill: Bill) -> bool:
    """Whether tasks may have ended since that belong to it."""
    if bill.compared_at is None:
        return True
    grows = bill.until is not None and bill.until >= day_of(bill.compared_at)
    return grows and bill.compared_at < timezone.now() - OLD


def follow_ended(bill: Bill) -> None:
    """Judges anew what had not ended here and has by now: a few of a bill."""
    running = bill.rows.filter(verdict=Verdict.RUNNING, task__state__in=ENDED)
    judge_rows(bill, list(running.values_list("pk", flat=True)[:AT_ONCE]))


def follow(task: Task) -> None:
    """Keeps the rows of a task right, in the transaction that settles it."""
    of_task = BillRow.objects.filter(task=task)
    Bill.objects.filter(pk__in=of_task.values("bill")).update(tallies=None)
    keep(of_task.filter(net__isnull=False))
    bill_missing.follow(task)


@dataclass(frozen=True, slots=True)
class Tally:
    count: int = 0
    theirs: int = 0
    ours: int = 0


def tallies(bill: Bill) -> dict[str, Tally]:
    """Of each verdict; added up anew only after something was settled or compared."""
    kept = bill.tallies if bill.tallies is not None else _added_up(bill)
    found = {verdict: Tally(*figures) for verdict, figures in kept.items()}
    if bill.since is not None and bill.until is not None:
        found.setdefault(Verdict.MISSING, Tally())
    return found


def _added_up(bill: Bill) -> dict[str, list[int]]:
    with transaction.atomic():
        # Who settles meanwhile waits for this row, and then says that it is added up no more.
        Bill.objects.select_for_update().get(pk=bill.pk)
        sums = (
            bill.rows.exclude(verdict="")
            .order_by()
            .values("verdict")
            .annotate(n=Count("pk"), theirs=Sum("net"), here=Sum("ours"))
        )
        found = {
            one["verdict"]: [one["n"], int(one["theirs"] or 0), int(one["here"] or 0)]
            for one in sums
        }
        Bill.objects.filter(pk=bill.pk).update(tallies=found)
    bill.tallies = found
    return found
