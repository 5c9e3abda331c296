"""The gateway's bill beside the ledger: what differs is found, and settled once."""

import csv
import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from generation.lifecycle import settling
from generation.models import AuditEvent, Bill, BillRow, EventKind, LedgerEntry
from generation.money import bill_compare, bill_files, bill_reading, bill_work, rebuild
from generation.money.days import today
from generation.monitoring.invariants import broken
from generation.views import bills

HEAD = "Task ID,Created,Model,Amount (USD)\n"


def file(text, name="november.csv"):
    return SimpleUploadedFile(name, text.encode(), "text/csv")


def right():
    return broken(everything=True) == [] and rebuild.differences(today()) == []


@pytest.fixture
def tasks(submitted, end):
    """One of each: by what the bill of `text` says about it."""
    made = {
        name: end(submitted(), cost=None if name == "open" else Decimal("0.20"))
        for name in ("agrees", "rounded", "differs", "open", "refund", "missing")
    }
    made["rounded"].refresh_from_db()
    settling.settle(made["rounded"], made["rounded"].owner, Decimal("0.204"), "Told so.")
    made["running"] = submitted()
    now = timezone.now()
    running = {"remote_id": "remote-running", "sent_at": now, "accepted_at": now}
    running |= {"next_poll_at": now, "deadline_at": now + timedelta(hours=1)}
    end(made["running"], "processing", EventKind.ACCEPTED, **running)
    return made


TODAY = timezone.now()
"""Of every bill, so that the same one is the same to the byte."""


def text_of(tasks):
    ids = {name: f"remote-{task.pk}" for name, task in tasks.items()}
    day = f"{TODAY:%Y-%m-%d %H:%M:%S}"
    rows = [
        (ids["agrees"], "0.20"), (ids["rounded"], "0.20"), (ids["differs"], "0.30"), (ids["differs"], "0.30"),
        (ids["open"], "0.15"), (ids["refund"], "-0.05"), ("remote-running", "0.20"), ("=elsewhere", "1.00"),
        ("", "2.50"),
    ]  # fmt: skip
    return HEAD + "".join(f"{one},{day},x,{amount}\n" for one, amount in rows)


@pytest.fixture
def bill(tasks, admin):
    """Read, with its columns as they are guessed."""
    found, _ = bill_files.upload(file(text_of(tasks)), "november.csv", admin, ask=True)
    assert bill_files.choose_columns(found, found.columns)
    bill_work.work(found.pk)
    found.refresh_from_db()
    return found


def judged(bill):
    """A row for each remote id that the bill names."""
    return bill.rows.exclude(net=None)


def verdicts(bill):
    return {row.remote_id: row.verdict for row in judged(bill)}


def tallies(bill):
    bill.refresh_from_db()
    return bill_compare.tallies(bill)


def test_every_task_has_its_verdict(bill, tasks):
    found = verdicts(bill)
    for name in ("agrees", "differs", "open"):
        assert found[f"remote-{tasks[name].pk}"] == name
    assert found[f"remote-{tasks['rounded'].pk}"] == "agrees"
    assert found[f"remote-{tasks['refund'].pk}"] == "differs"
    assert (found["remote-running"], found["=elsewhere"]) == ("running", "unknown")
    assert (bill.state, bill.lines, bill.left_out) == ("ready", 8, 1)
    assert bill.problems == ["Line 10: it names no task."]
    assert not default_storage.exists(f"bills/{bill.pk}.csv")
    counts = {name: tally.count for name, tally in tallies(bill).items()}
    assert counts == {
        "agrees": 2,
        "differs": 2,
        "open": 1,
        "running": 1,
        "unknown": 1,
        "missing": 1,
    }
    assert tallies(bill)["differs"].theirs == 550_000
    assert bill.rows.get(verdict="missing").task == tasks["missing"]


def test_a_settled_line_is_a_line_of_the_ledger(bill, tasks, admin):
    rows = {row.remote_id: row for row in judged(bill)}
    of = {name: rows.get(f"remote-{task.pk}") for name, task in tasks.items()}
    for name in ("differs", "open", "refund"):
        assert settling.settle_by_bill(of[name], admin, "By the bill.")
        assert not settling.settle_by_bill(of[name], admin, "By the bill.")
    assert settling.settle_missing(tasks["missing"], admin, "Not billed.")
    assert not settling.settle_missing(tasks["missing"], admin, "Not billed.")
    costs = {}
    for name in ("differs", "open", "refund", "missing"):
        tasks[name].refresh_from_db()
        costs[name] = float(tasks[name].charge)
    assert costs == {"differs": 0.6, "open": 0.15, "refund": 0.15, "missing": 0}
    last = tasks["differs"].ledger.last()
    assert (last.kind, last.amount, last.actor) == ("charged", Decimal("0.4"), admin)
    assert last.reason == "By the bill."
    with pytest.raises(settling.CannotSettle):
        settling.settle_by_bill(rows["remote-running"], admin, "No.")
    assert set(tallies(bill)) == {"agrees", "running", "unknown", "missing"}
    assert tallies(bill)["missing"].count == 0
    assert right()


def test_the_same_bill_changes_nothing_and_a_refund_counts_once(bill, tasks, admin):
    again, new = bill_files.upload(file(text_of(tasks)), "again.csv", admin, ask=False)
    assert (again, new) == (bill, False)
    row = BillRow.objects.get(remote_id=f"remote-{tasks['refund'].pk}")
    assert settling.settle_by_bill(row, admin, "Given back.")
    # The same lines in another file: its columns are known by now.
    other, new = bill_files.upload(file(text_of(tasks) + "\n"), "copy.csv", admin, ask=False)
    assert (new, other.state) == (True, "reading")
    bill_work.work(other.pk)
    twin = BillRow.objects.get(bill=other, remote_id=row.remote_id)
    lines = LedgerEntry.objects.count()
    assert not settling.settle_by_bill(twin, admin, "Given back.")
    assert LedgerEntry.objects.count() == lines
    assert verdicts(other)[row.remote_id] == "agrees"
    bill_work.work(other.pk)
    assert judged(other).count() == 7
    assert other.rows.exclude(verdict="missing").count() == 8
    bill_files.delete(other)
    bill_work.work(other.pk)
    assert (BillRow.objects.count(), Bill.objects.count()) == (9, 1)


@pytest.mark.django_db(transaction=True)
def test_two_admins_at_once_settle_once(bill, tasks, admin):
    row = BillRow.objects.filter(remote_id=f"remote-{tasks['differs'].pk}", net__isnull=False).get()
    lines = LedgerEntry.objects.count()

    def press(number):
        try:
            return settling.settle_by_bill(row, admin, f"Press {number}"), settling.settle_missing(
                tasks["missing"], admin, f"Press {number}"
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        pressed = list(pool.map(press, range(6)))
    assert [sum(one) for one in zip(*pressed, strict=True)] == [1, 1]
    assert LedgerEntry.objects.count() == lines + 2


def test_a_bill_that_cannot_be_read_says_why(admin):
    found, _ = bill_files.upload(file("id,usd\nabc,free\n"), "bad.csv", admin, ask=True)
    bill_files.choose_columns(found, {"remote_id": 0, "amount": 1, "day": None, "decimal": "."})
    bill_work.work(found.pk)
    found.refresh_from_db()
    assert found.state == "failed"
    assert found.problems == [
        "No line names a task and an amount. Line 2: “free” is no amount in USD."
    ]
    assert not found.rows.exists()


def test_a_reader_that_died_is_followed_by_another(bill, monkeypatch):
    woken = []
    monkeypatch.setattr(bill_work, "wake", lambda job, pk: woken.append(pk))
    now = timezone.now()
    Bill.objects.update(state="reading", claimed_until=now + bill_work.CLAIM)
    bill_work.wake_due()
    assert not woken
    Bill.objects.update(claimed_until=now)
    bill_work.wake_due()
    assert woken == [str(bill.pk)]


def test_an_admin_uploads_maps_settles_and_deletes(
    tasks, admin, client_for, monkeypatch, django_assert_max_num_queries
):
    ada = client_for(admin)
    pages = reverse("reconciliation")
    assert "Choose the file" in ada.post(pages).content.decode()
    refused = ada.post(pages, {"file": file("one\ntwo\n")})
    assert refused.status_code == 422
    assert "This is no table" in refused.content.decode()
    page = ada.post(pages, {"file": file(text_of(tasks))}).url
    columns = ada.get(page).content.decode()
    assert "Its first lines" in columns
    for name, label in (("since", "First day"), ("until", "Last day")):
        assert re.search(rf'<label[^>]* for="id_{name}"[^>]*>\s*{label}', columns)
    wrong = ada.post(
        page, {"remote_id": "0", "amount": "0", "decimal": "!", "since": "x", "day": "99"}
    )
    assert wrong.status_code == 422
    for sentence in ("stand in two columns", "Give a day as", "is not one of the available"):
        assert sentence in wrong.content.decode()
    columns = {"remote_id": "0", "amount": "3", "day": "1", "decimal": "."}
    assert ada.post(page, columns).url == page
    assert "A worker reads it" in ada.get(page).content.decode()
    early = ada.post(f"{page}settle/")
    assert early.status_code == 422
    assert "Nothing was named that could be settled" in early.content.decode()
    bill_work.work(Bill.objects.get().pk)
    ada.get(page)
    with django_assert_max_num_queries(9):
        shown = ada.get(page).content.decode()
    assert "+$0.40" in shown
    assert "given back: $0.15 is left" in shown
    assert "A calm sea" not in shown
    settle = reverse("bill-settle", args=[Bill.objects.get().pk])
    for query, data in (
        ("", {}),
        ("?only=agrees", {"reason": "x"}),
        ("?only=open", {"reason": "x"}),
    ):
        nothing = ada.post(settle + query, data)
        assert nothing.status_code == 422
        assert "Nothing was named that could be settled" in nothing.content.decode()
    empty = ada.post(f"{settle}?only=differs", {"reason": " "})
    assert empty.status_code == 422
    assert "Say why" in empty.content.decode()
    named = [str(row.pk) for row in judged(Bill.objects.get()).filter(verdict="differs")]
    one = {"reason": "Bill", "one": named[0], "shown": named}
    assert (
        "1 task is settled" in ada.post(f"{settle}?only=differs", one, follow=True).content.decode()
    )
    both = {"reason": "Bill", "shown": [*named, "x", "9" * 30]}
    said = ada.post(f"{settle}?only=differs", both, follow=True).content.decode()
    assert "1 task is settled" in said
    assert "settled meanwhile" in said
    row = BillRow.objects.get(verdict="missing")
    assert row.task == tasks["missing"]
    gone = {"reason": "Not billed", "shown": [str(row.pk)]}
    ada.post(f"{settle}?only=missing", gone)
    assert right()
    for only in ("open", "unknown", "missing", "agrees", "running"):
        assert ada.get(page, {"only": only}).status_code == 200
    assert ada.get(page, {"only": "nothing"}).status_code == 400
    assert ada.get(page, {"only": "open", "after": "x"}).status_code == 400
    monkeypatch.setattr(bills, "AT_ONCE", 2)
    table = b"".join(ada.get(f"{page}export.csv").streaming_content).decode()
    rows = list(csv.reader(io.StringIO(table)))
    assert len(rows) == 8
    assert ["Unknown here", "'=elsewhere"] in [row[:2] for row in rows]
    assert ada.post(f"{page}delete/").url == pages
    assert "Is being deleted" in ada.get(pages).content.decode()
    assert "It is being deleted" in ada.get(page).content.decode()
    again = ada.post(pages, {"file": file(text_of(tasks))})
    assert (again.status_code, "This very file is being deleted" in again.content.decode()) == (
        422,
        True,
    )
    bill_work.work(Bill.objects.get().pk)
    assert not BillRow.objects.exists()
    words = [
        *AuditEvent.objects.filter(what__startswith="bill")
        .order_by("pk")
        .values_list("what", flat=True)
    ]
    assert words == ["bill.uploaded", *["bill.settled"] * 3, "bill.exported", "bill.deleted"]


def test_a_task_whose_id_came_later_is_found(bill, tasks, admin, client_for):
    match = reverse("bill-match", args=[bill.pk])
    ada = client_for(admin)
    assert "None of them" in ada.post(match, follow=True).content.decode()
    type(tasks["running"]).objects.filter(pk=tasks["running"].pk).update(remote_id="=elsewhere")
    assert "1 more is known" in ada.post(match, follow=True).content.decode()
    assert verdicts(bill)["=elsewhere"] == "running"


def test_a_bill_in_whole_cents_says_nothing_of_half_a_cent(bill, tasks, admin):
    row = f"remote-{tasks['rounded'].pk}"
    for cost, said in (
        ("0.205", "agrees"),
        ("0.206", "differs"),
        ("0.195", "agrees"),
        ("0.194", "differs"),
    ):
        settling.settle(tasks["rounded"], admin, Decimal(cost), "Told so.")
        assert verdicts(bill)[row] == said, cost


def kept(bill):
    rows = bill.rows.order_by("remote_id", "line").values_list("remote_id", "verdict", "ours")
    return list(rows), tallies(bill)


def test_what_is_kept_is_what_a_comparison_finds(bill, tasks, admin, submitted, end):
    """Whatever is settled, and wherever: on the bill, on another, or on the page of its task."""
    nobody = end(submitted(), cost=None)
    elsewhere = BillRow.objects.get(verdict="missing").task
    steps = [
        lambda: settling.settle(nobody, admin, Decimal("0.40"), "Its invoice says so."),
        lambda: settling.settle(tasks["agrees"], admin, Decimal("0.90"), "By its page."),
        lambda: settling.settle(elsewhere, admin, Decimal("0.70"), "By its page."),
        *(
            (lambda row=row: settling.settle_by_bill(row, admin, "Bill"))
            for row in judged(bill).filter(verdict__in=("differs", "open"))
        ),
        lambda: settling.settle(nobody, admin, Decimal(0), "It was nothing."),
        lambda: settling.settle_missing(elsewhere, admin, "Not billed."),
    ]
    for step in steps:
        before = kept(bill)
        step()
        after = kept(bill)
        assert after != before
        bill_compare.compare(bill)
        assert kept(bill) == after
    assert tallies(bill)["missing"].count == 0


def test_a_task_that_has_ended_since_is_judged_when_its_bill_is_opened(
    bill, tasks, admin, client_for, end, monkeypatch
):
    woken = []
    monkeypatch.setattr(bill_work, "wake", lambda job, pk: woken.append(pk))
    page = reverse("bill", args=[bill.pk])
    end(tasks["running"], cost=Decimal("0.20"), remote_id="remote-running")
    assert "compares it again" not in client_for(admin).get(page).content.decode()
    assert verdicts(bill)["remote-running"] == "agrees"
    assert not woken
    # Its days are not over: what has ended since may be missing on it.
    Bill.objects.update(compared_at=timezone.now() - bill_compare.OLD)
    assert "compares it again" in client_for(admin).get(page).content.decode()
    assert woken == [str(bill.pk)]
    # Once its days are over nothing comes to it any more.
    Bill.objects.update(until=today() - timedelta(days=1))
    assert "compares it again" not in client_for(admin).get(page).content.decode()
    assert woken == [str(bill.pk)]


def test_a_bill_that_is_deleted_while_it_is_read_goes_when_its_reader_is_done(
    tasks, admin, monkeypatch
):
    woken = []
    monkeypatch.setattr(bill_work, "wake", lambda job, pk: woken.append(pk))
    bill, _ = bill_files.upload(file(text_of(tasks)), "november.csv", admin, ask=True)
    bill_files.choose_columns(bill, bill.columns)
    read = bill_reading.read

    def deleted_meanwhile(one):
        bill_files.delete(one)
        bill_work.work(one.pk)
        return read(one)

    monkeypatch.setattr(bill_reading, "read", deleted_meanwhile)
    bill_work.work(bill.pk)
    assert woken == [str(bill.pk)]
    bill.refresh_from_db()
    assert (bill.state, bill.rows.count()) == ("deleting", 0)
    bill_work.work(bill.pk)
    assert not Bill.objects.exists()
    assert not default_storage.exists(f"bills/{bill.pk}.csv")


def test_a_page_of_a_bill_reads_its_own_lines_alone(bill):
    """Of a few lines PostgreSQL takes whichever index it comes upon first."""
    agrees = {"bill": bill, "amount": 1, "verdict": "agrees"}
    many = (BillRow(line=line, remote_id=f"o{line}", **agrees) for line in range(100, 1100))
    BillRow.objects.bulk_create(many)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {BillRow._meta.db_table}")
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off")
    page = bill.rows.filter(verdict="differs", line__gt=2).order_by("line")[:51]
    plan = page.explain()
    assert "bill_verdict" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
