"""Refunds without a charge, bills that are gone, and files that nobody foresaw."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from generation.lifecycle import settling
from generation.models import Bill
from generation.money import bill_compare, bill_files, bill_work
from generation.monitoring.invariants import broken
from generation.presenters.bills import lines


@pytest.fixture
def read(admin):
    """A bill of these lines, as a worker has read it."""

    def make(*lines):
        text = "\n".join(["Task ID,Created,Amount (USD)", *lines])
        file = SimpleUploadedFile("bill.csv", text.encode(), "text/csv")
        bill, _ = bill_files.upload(file, "bill.csv", admin, ask=True)
        assert bill_files.choose_columns(bill, bill.columns)
        bill_work.work(bill.pk)
        bill.refresh_from_db()
        return bill

    return make


def test_a_refund_counts_once_though_its_bill_was_deleted(read, submitted, end, admin):
    task = end(submitted(), cost=Decimal("0.20"))
    line = f"{task.remote_id},2026-11-20,-0.05"
    for settles in (True, False):
        bill = read(line)
        assert settling.settle_by_bill(bill.rows.get(), admin, "The bill.") is settles
        task.refresh_from_db()
        assert task.charge == Decimal("0.15")
        bill_files.delete(bill)
        bill_work.work(bill.pk)
    assert not Bill.objects.exists()
    other = read(line.replace("0.05", "0.03"))
    assert settling.settle_by_bill(other.rows.get(), admin, "Another one.")
    task.refresh_from_db()
    assert task.charge == Decimal("0.12")
    assert broken(everything=True) == []


def test_a_refund_says_nothing_of_a_cost_that_nobody_knows(read, submitted, end, admin):
    task = end(submitted(), cost=None)
    row = read(f"{task.remote_id},2026-11-20,-0.05").rows.get()
    with pytest.raises(settling.CannotSettle, match="say what it had cost"):
        settling.settle_by_bill(row, admin, "The bill.")
    task.refresh_from_db()
    row.refresh_from_db()
    assert (task.charge, row.verdict, row.settled_at) == (None, "open", None)
    (line,) = lines([row])
    assert line.note == "given back"
    settling.settle(task, admin, Decimal("0.20"), "As the list says.")
    row.refresh_from_db()
    (line,) = lines([row])
    assert line.note == "given back: $0.15 is left"
    assert settling.settle_by_bill(row, admin, "The bill.")
    task.refresh_from_db()
    assert task.charge == Decimal("0.15")


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_that_is_not_set_is_none(read, submitted, end, settings, zone, day):
    settings.TEAM_TIME_ZONE = zone
    task = end(submitted(), cost=Decimal("0.20"))
    bill = read(f"{task.remote_id},{day},0.20", "x,2026-11-20,1")
    assert (bill.state, f"{bill.since}", f"{bill.until}") == ("ready", "2026-11-20", "2026-11-20")


def test_what_nobody_foresaw_ends_the_reading_with_a_word(read, monkeypatch):
    def fail(bill):
        raise OverflowError("date value out of range")

    monkeypatch.setattr(bill_compare, "compare", fail)
    bill = read("x,2026-11-20,1")
    assert (bill.state, bill.problems, bill.claimed_until) == (
        "failed",
        [bill_work.UNFORESEEN],
        None,
    )


def test_a_claim_of_before_the_clock_was_set_back_holds_up_no_bill(read, monkeypatch):
    bill = read("x,2026-11-20,1")
    with time_machine.travel(timezone.now() + timedelta(hours=6)):
        Bill.objects.update(claimed_until=timezone.now() + bill_work.CLAIM, compared_at=None)
    woken = []
    monkeypatch.setattr(bill_work, "wake", lambda job, pk: woken.append(pk))
    bill_work.wake_due()
    assert woken == [str(bill.pk)]
    bill_work.work(bill.pk)
    bill.refresh_from_db()
    assert bill.compared_at is not None
