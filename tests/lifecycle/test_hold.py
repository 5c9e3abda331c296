"""A database that was set back sends nothing of what waited in it, until an admin says so."""

import json
import os
import stat
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from generation.gateway.client import GatewayClient
from generation.lifecycle import (
    actions,
    dispatch,
    dispatch_results,
    external_marks,
    held,
    hold,
    reconcile,
)
from generation.lifecycle.transitions import Happened, change, change_all
from generation.models import Counter, LedgerEntry, Task, TaskEvent, next_revision
from generation.monitoring.invariants import broken
from tests.lifecycle.conftest import words
from tests.support.gateways.scripted import Reply
from tests.support.ledger import forgetful_ledger


@pytest.fixture
def mark(settings):
    """The file outside the database."""
    return settings.DATA_DIR / external_marks.NAME


@pytest.fixture
def backup():
    """Copies everything that hold.py looks at; calling the result sets the database back."""

    def copy():
        rows = {model: list(model.objects.values()) for model in (Task, TaskEvent, Counter)}
        lines = list(LedgerEntry.objects.values_list("pk", flat=True))

        def restore():
            # A copy has fewer lines of money; nobody else may take any away.
            ledger = LedgerEntry.objects.exclude(pk__in=lines)
            with forgetful_ledger():
                ledger._raw_delete(ledger.db)
            for model, kept in rows.items():
                name = model._meta.pk.attname
                model.objects.exclude(pk__in=[row[name] for row in kept]).delete()
                for row in kept:
                    model.objects.filter(pk=row[name]).update(**row)

        return restore

    return copy


def states():
    return sorted((task.state, task.is_held) for task in Task.objects.all())


def test_a_queued_task_of_an_older_copy_is_not_sent_again(gateway, submitted, backup):
    submitted()
    hold.check()
    restore = backup()
    dispatch.dispatch_due()
    assert len(gateway.requests) == 1
    restore()
    dispatch.dispatch_due()
    assert len(gateway.requests) == 1
    task = Task.objects.get()
    assert task.is_held
    assert words(task)[-1] == "held"
    assert task.charge is None
    dispatch.dispatch_due()
    reconcile.reconcile()
    assert len(gateway.requests) == 1


def test_it_is_found_by_reconcile_too(gateway, submitted, backup):
    submitted()
    hold.check()
    restore = backup()
    dispatch.dispatch_due()
    restore()
    reconcile.reconcile()
    assert Task.objects.get().is_held
    assert "older" in Task.objects.get().events.last().text


def test_what_comes_after_the_hold_runs(gateway, submitted, backup):
    submitted()
    hold.check()
    restore = backup()
    dispatch.dispatch_due()
    restore()
    hold.check()
    gateway.reply = Reply.json({"id": "remote-2", "status": "in_progress"})
    fresh = submitted()
    dispatch.dispatch_due()
    fresh.refresh_from_db()
    assert fresh.state == "processing"
    assert states() == [("processing", False), ("queued", True)]


def test_an_ordinary_stop_holds_nothing(gateway, submitted, clock):
    submitted(variations=3)
    hold.check()
    clock.shift(timedelta(days=31))
    assert hold.check() == 0
    dispatch.dispatch_due()
    assert len(gateway.requests) == 3


def test_tasks_without_any_mark_are_held(gateway, submitted, mark):
    submitted()
    hold.check()
    mark.unlink()
    assert hold.check() == 1
    assert "missing" in Task.objects.get().events.last().text
    assert mark.exists()
    assert hold.check() == 0


def test_a_mark_lost_in_the_middle_holds_before_the_next_request(gateway, submitted, mark):
    submitted()
    hold.check()
    mark.unlink()
    dispatch.dispatch_due()
    assert gateway.requests == []
    assert Task.objects.get().is_held


def test_a_damaged_mark_counts_as_missing(submitted, mark):
    submitted()
    hold.check()
    mark.write_text("{")
    assert hold.check() == 1


def test_an_empty_installation_holds_nothing(db, mark):
    Counter.objects.filter(name="marked").delete()
    assert hold.check() == 0
    assert Counter.objects.get(name="marked").value == 1
    assert stat.S_IMODE(mark.stat().st_mode) == 0o600


def test_a_database_from_elsewhere_that_knows_no_epoch_is_held(submitted):
    submitted()
    Counter.objects.filter(name="marked").delete()
    assert hold.check() == 1


def test_an_upgrade_where_it_was_in_use_holds_nothing(submitted, settings):
    submitted()
    Counter.objects.filter(name="marked").delete()
    (settings.DATA_DIR / hold.STAMP).touch()
    hold.begin(upgraded=True)
    assert hold.check() == 0


def test_another_installations_mark_holds_once(submitted, mark):
    submitted()
    hold.check()
    line = {"number": 1, "digest": "f" * 32}
    mark.write_text(json.dumps({"revision": 1, "claimed": None, "seen": line}))
    assert hold.check() == 1
    submitted()
    assert hold.check() == 0


def test_growing_past_the_mark_hides_nothing(gateway, submitted, backup):
    """A restored database that has meanwhile gone further than the one it replaced had come."""
    submitted()
    hold.check()
    restore = backup()
    dispatch.dispatch_due()
    restore()
    submitted(variations=4)
    with transaction.atomic():
        next_revision(1000)
    dispatch.dispatch_due()
    assert len(gateway.requests) == 1


def test_a_task_that_was_being_sent_waits_and_is_never_sent_again(gateway, submitted, clock):
    submitted(variations=2)
    hold.check()
    prepared, sent = dispatch._claim(), dispatch._claim()
    dispatch._mark_sent(sent)
    clock.shift(timedelta(seconds=1))
    assert hold.hold(hold.RESTORED) == 2
    assert states() == [("queued", True)] * 2
    assert held.release(prepared.owner) == 2
    prepared.refresh_from_db()
    sent.refresh_from_db()
    assert (prepared.state, prepared.sent_at) == ("queued", None)
    assert (sent.state, sent.reason) == ("uncertain", "no-answer")
    assert sent.sent_at is not None
    assert words(prepared)[-2:] == ["held", "released"]
    assert words(sent)[-2:] == ["held", "uncertain"]
    assert broken() == []


def test_released_tasks_are_sent(
    gateway, submitted, alice, woken, django_capture_on_commit_callbacks
):
    one, other = submitted(variations=2)
    hold.hold(hold.RESTORED)
    hold.check()
    woken.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert held.release(alice, one.pk) == 1
    assert ("generation.jobs.dispatch", (), "default") in woken
    dispatch.dispatch_due()
    assert len(gateway.requests) == 1
    other.refresh_from_db()
    assert other.is_held
    assert held.release(alice) == 1
    assert held.release(alice) == 0


def test_a_held_task_can_be_canceled_and_nobody_claims_it_was_free(submitted, alice):
    task = submitted()
    hold.hold(hold.RESTORED)
    task.refresh_from_db()
    assert actions.cancel(task, alice)
    task.refresh_from_db()
    assert (task.state, task.charge) == ("canceled", None)
    assert broken() == []
    assert held.release(alice) == 0


def test_running_and_ended_tasks_go_on(processing, gateway, submitted, backup):
    task = processing()
    hold.hold(hold.RESTORED)
    task.refresh_from_db()
    assert (task.state, task.held_since) == ("processing", None)


def test_nothing_is_sent_while_the_mark_cannot_be_written(gateway, submitted, monkeypatch, clock):
    submitted()
    hold.check()

    def full(path, text):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(external_marks, "_write_safely", full)
        dispatch.dispatch_due()
        assert gateway.requests == []
        task = Task.objects.get()
        assert (task.state, task.reason, task.sent_at) == ("queued", "unmarked", None)
        assert "No space left" in task.events.last().text
        reconcile.reconcile()
    clock.shift(timedelta(seconds=10))
    dispatch.dispatch_due()
    assert len(gateway.requests) == 1


def test_the_mark_is_on_the_disk_before_the_request_leaves(gateway, submitted, mark, monkeypatch):
    submitted()
    fsynced, fsync, create, told = [], os.fsync, GatewayClient.create, []
    monkeypatch.setattr(os, "fsync", lambda fd: (fsynced.append(fd), fsync(fd)))

    def note(self, *arguments):
        told.append((json.loads(mark.read_text())["claimed"]["number"], len(fsynced)))
        return create(self, *arguments)

    monkeypatch.setattr(GatewayClient, "create", note)
    hold.check()
    before = len(fsynced)
    dispatch.dispatch_due()
    claimed = TaskEvent.objects.get(kind="claimed").pk
    assert told == [(claimed, before + 2)]  # the file and its folder


def test_an_older_writer_does_not_set_the_mark_back(mark):
    newer, older = (
        external_marks.Mark(n, claimed=external_marks.Line(n, "c" * 32)) for n in (100, 99)
    )
    external_marks.move_up(newer)
    external_marks.move_up(older)
    external_marks.move_up(external_marks.Mark(seen=external_marks.Line(101, "d" * 32)))
    told = json.loads(mark.read_text())
    assert (told["revision"], told["claimed"]["number"], told["seen"]["number"]) == (100, 100, 101)


def test_open_pages_see_the_hold(submitted, backup):
    submitted()
    hold.check()
    restore = backup()
    with transaction.atomic():
        cursor = next_revision(500)
    submitted()
    hold.check()
    restore()
    hold.check()
    assert Task.objects.get().revision > cursor


def test_one_of_several_that_notice_acts(submitted, backup, mark):
    submitted()
    hold.check()
    mark.unlink()
    before = hold._look()
    assert hold._hold_if_set_back(before, []) == 1
    fresh = submitted()
    assert hold._hold_if_set_back(before, []) == 0
    fresh.refresh_from_db()
    assert fresh.held_since is None


def test_the_command_holds_everything_that_waits(submitted, capsys):
    submitted(variations=2)
    call_command("hold")
    assert "2 tasks are held" in capsys.readouterr().out
    assert Task.objects.held().count() == 2


def test_all_at_once_change_like_one(submitted, alice):
    tasks = submitted(variations=3)
    change(tasks[0].pk, "queued", to="canceled", happened=Happened("canceled", "No."))
    moved = change_all(
        Task.objects.all(),
        "queued",
        to="uncertain",
        happened=Happened("uncertain", "Who knows.", who=alice),
    )
    assert moved == 2
    rows = Task.objects.order_by("revision").values_list("state", "revision")
    assert [state for state, _ in rows] == ["canceled", "uncertain", "uncertain"]
    assert len({revision for _, revision in rows}) == 3
    assert Counter.objects.get(name="revision").value == rows[2][1]
    assert words(tasks[1]) == ["queued", "uncertain"]
    assert words(tasks[0]) == ["queued", "canceled"]


def test_an_answer_for_a_held_task_changes_nothing(gateway, submitted):
    submitted()
    claimed = dispatch._claim()
    dispatch._mark_sent(claimed)
    hold.hold(hold.RESTORED)
    dispatch_results.back_to_queue(claimed, "busy", "Busy.")
    assert Task.objects.get().is_held
    assert timezone.now() >= Task.objects.get().held_since
