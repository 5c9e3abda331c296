"""Reading the rows of a bill, in short transactions, and finding the task of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count, Exists, Max, Min, OuterRef, Subquery, Sum

from generation.models import Bill, BillRow, Task

from .amounts import MILLION
from .bill_csv import Charge, Columns, Unreadable, charges

AT_ONCE = 1000
TOLD = 20
"""Lines left out that the page names."""


def read(bill: Bill) -> bool:
    """False, and says why, for a file that cannot be read."""
    bill.rows.all().delete()
    try:
        found = _read_rows(bill)
    except Unreadable as why:
        bill.rows.all().delete()
        bill.problems = [str(why)]
        return False
    for lines in line_ranges(bill):
        _add_up(bill, lines)
    days = bill.rows.aggregate(first=Min("day"), last=Max("day"))
    bill.lines, bill.left_out, bill.problems = found.lines, found.left_out, found.problems
    bill.unit, bill.total = MILLION // 10**found.places, found.total
    bill.since, bill.until = bill.since or days["first"], bill.until or days["last"]
    return True


@dataclass(slots=True)
class _Read:
    lines: int = 0
    left_out: int = 0
    places: int = 0
    total: int = 0
    problems: list[str] = field(default_factory=list)

    def leave_out(self, sentence: str) -> None:
        self.left_out += 1
        if len(self.problems) < TOLD:
            self.problems.append(sentence)


def _read_rows(bill: Bill) -> _Read:
    found = _Read()
    with default_storage.open(str(bill.file), "rb") as file:
        lines = charges(file, bill.encoding, bill.delimiter, Columns.of(bill.columns))
        while some := list(islice(lines, AT_ONCE)):
            rows = []
            for one in some:
                if isinstance(one, Charge):
                    found.places = max(found.places, one.places)
                    found.total += one.amount
                    rows.append(_row(bill, one))
                else:
                    found.leave_out(one)
            BillRow.objects.bulk_create(rows)
            found.lines += len(rows)
            mine = Bill.objects.filter(pk=bill.pk, state=Bill.State.READING)
            if not mine.update(lines=found.lines):
                raise Unreadable("It is being deleted.")
    if not found.lines:
        raise Unreadable(" ".join(["No line names a task and an amount.", *found.problems[:1]]))
    return found


def _row(bill: Bill, charge: Charge) -> BillRow:
    return BillRow(
        bill=bill,
        line=charge.line,
        remote_id=charge.remote_id,
        amount=charge.amount,
        day=charge.day,
    )


def line_ranges(bill: Bill) -> Iterator[tuple[int, int]]:
    """All of its lines, so many at once that others get in between."""
    last = bill.rows.aggregate(last=Max("line"))["last"] or 0
    for first in range(0, last + 1, AT_ONCE):
        yield first, first + AT_ONCE - 1


def _add_up(bill: Bill, lines: tuple[int, int]) -> None:
    same = BillRow.objects.filter(bill=bill, remote_id=OuterRef("remote_id")).order_by()
    sums = same.values("remote_id").annotate(net=Sum("amount"), n=Count("pk"))
    first = same.values("remote_id").annotate(first=Min("line"))
    heads = bill.rows.filter(line__range=lines, line=Subquery(first.values("first")))
    heads.update(
        net=Subquery(sums.values("net")), count=Subquery(sums.values("n")), task=_task_of_row()
    )


def _task_of_row() -> Subquery:
    return Subquery(_called().values("pk")[:1])


def _called() -> Any:
    # The empty one is named too: without it no database takes the partial index.
    return Task.objects.filter(remote_id=OuterRef("remote_id")).exclude(remote_id="")


def match_again(bill: Bill) -> list[int]:
    """Finds tasks whose id became known since; the rows of which it did."""
    unknown = BillRow.objects.filter(bill=bill, net__isnull=False, task=None)
    with transaction.atomic():
        found = list(unknown.filter(Exists(_called())).values_list("pk", flat=True))
        for some in (found[n : n + AT_ONCE] for n in range(0, len(found), AT_ONCE)):
            BillRow.objects.filter(pk__in=some).update(task=_task_of_row())
    return found
