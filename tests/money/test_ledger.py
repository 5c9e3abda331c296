"""Each task has lines of money that only ever grow, and add up to what the task says."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from generation.lifecycle import settling
from generation.models import DailyUsage, EventKind, LedgerEntry, SubjectUsage, Task
from generation.money import rebuild
from generation.money.days import today
from generation.monitoring.invariants import broken
from tests.factories import make_task


def lines(task):
    found = task.ledger.values_list("kind", "amount")
    return [(kind, float(amount)) for kind, amount in found]


def right():
    return broken(everything=True) == [] and rebuild.differences(today()) == []


ESTIMATE = 0.2


@pytest.fixture
def task(submitted):
    task = submitted()
    assert float(task.estimate) == ESTIMATE
    return task


def test_a_new_task_holds_its_estimate(task, alice, team_key):
    assert lines(task) == [("estimate", ESTIMATE), ("reserved", ESTIMATE)]
    line = task.ledger.first()
    assert (line.user, line.key, line.key_label) == (alice, team_key.pk, "Team")
    assert (line.model, line.reason) == (task.model, "queued")
    row = DailyUsage.objects.get()
    assert (row.tasks, row.held, row.estimate, row.charged) == (1, 200000, 200000, 0)
    assert right()


def test_a_cost_is_charged_and_the_rest_released(task, end):
    end(task, cost=Decimal("0.05"), detail={"discount": "0.8", "cost": "0.05"})
    assert lines(task)[2:] == [("charged", 0.05), ("released", ESTIMATE)]
    charged = task.ledger.get(kind="charged")
    assert (charged.discount, charged.reason) == ("0.8", "failed")
    row = DailyUsage.objects.get()
    assert (row.held, row.charged, row.failed, row.wasted) == (0, 50000, 1, 1)


def test_a_cost_of_nothing_is_a_line_too(task, end):
    end(task, cost=Decimal(0))
    assert lines(task)[2:] == [("charged", 0), ("released", ESTIMATE)]


def test_what_was_never_sent_is_released_by_who_canceled_it(task, end, alice):
    end(task, "canceled", EventKind.CANCELED, alice, sent_at=None)
    assert lines(task)[2:] == [("released", ESTIMATE)]
    released = task.ledger.get(kind="released")
    assert (released.actor, released.reason) == (alice, "canceled")
    assert right()


def test_what_nobody_knows_stays_reserved_until_an_admin_says_it(task, end, admin):
    end(task)
    assert lines(task)[2:] == []
    assert Task.objects.open().get() == task
    row = DailyUsage.objects.get()
    assert (row.unknown, row.unknown_held, row.held) == (1, 200000, 200000)
    settling.settle(task, admin, Decimal("0.02"), "The bill of November names it.")
    assert lines(task)[2:] == [("charged", 0.02), ("released", ESTIMATE)]
    charged = task.ledger.get(kind="charged")
    assert (charged.actor, charged.reason) == (admin, "The bill of November names it.")
    task.refresh_from_db()
    assert task.charge == Decimal("0.02")
    assert not Task.objects.open().exists()
    assert task.events.last().kind == "settled"
    row = DailyUsage.objects.get()
    assert (row.unknown, row.held, row.charged, row.wasted) == (0, 0, 20000, 1)
    assert right()


def test_what_was_charged_is_corrected_by_another_line(task, end, admin):
    end(task, cost=Decimal("0.05"))
    settling.settle(task, admin, Decimal("0.03"), "Billed less.")
    settling.settle(task, admin, Decimal(0), "Given back.")
    kinds = [("charged", 0.05), ("released", ESTIMATE), ("charged", -0.02), ("charged", -0.03)]
    assert lines(task)[2:] == kinds
    assert right()


def test_a_running_task_is_not_settled(task, admin):
    with pytest.raises(settling.CannotSettle):
        settling.settle(task, admin, Decimal(0), "No.")
    assert lines(task) == [("estimate", ESTIMATE), ("reserved", ESTIMATE)]


def test_a_deleted_key_stays_in_the_ledger(task, end, team_key):
    key = team_key.pk
    team_key.delete()
    task.refresh_from_db()
    end(task, cost=Decimal("0.05"))
    assert set(task.ledger.values_list("key", flat=True)) == {key}
    assert DailyUsage.objects.get().charged == 50000


def test_variations_share_a_row_of_the_day(submitted):
    submitted(variations=3)
    row = DailyUsage.objects.get()
    assert (row.tasks, row.held) == (3, 3 * 200000)


@pytest.mark.parametrize("sql", ["UPDATE {} SET amount = 0", "DELETE FROM {}"])
def test_the_database_itself_forbids_to_change_a_line(task, sql):
    with (
        pytest.raises(DatabaseError, match="never changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql.format(LedgerEntry._meta.db_table))
    assert len(lines(task)) == 2


def test_a_task_with_money_is_never_deleted(task):
    with pytest.raises(ProtectedError):
        task.delete()


def test_whatever_undoes_the_change_undoes_its_money(task, end):
    with transaction.atomic():
        end(task, cost=Decimal("0.05"))
        transaction.set_rollback(True)
    assert len(lines(task)) == 2
    assert DailyUsage.objects.get().charged == 0
    task.refresh_from_db()
    assert right()


def test_rebuilding_gives_the_same_figures(submitted, end, alice, bob):
    end(submitted(), cost=Decimal("0.05"))
    end(submitted(), "canceled", sent_at=None)
    submitted()
    make_task(bob, "failed", estimate=Decimal("0.2"), finished_at=timezone.now())
    kept = DailyUsage.objects.order_by("user", "model").values_list(*DailyUsage.SUMS, "most")
    before = list(kept)
    assert len(before) == 2
    rebuild.rebuild(today())
    assert list(kept.all()) == before
    DailyUsage.objects.update(charged=7)
    assert rebuild.differences(today())
    rebuild.rebuild(today())
    assert rebuild.differences(today()) == []


def test_a_subject_counts_with_its_tasks(submitted, end, alice):
    from generation.lifecycle.enqueue import SubjectInput

    subject = SubjectInput("rex", "Rex", "", [])
    model = "viduq2_pro_fast_reference2video"
    task = submitted(model=model, subjects=[subject], params={"prompt": "@rex runs"})
    end(task, cost=Decimal("0.4"))
    row = SubjectUsage.objects.get()
    assert (row.handle, row.tasks, row.charged, row.failed) == ("rex", 1, 400000, 1)
    assert right()


def test_the_day_is_that_of_the_team(submitted, settings):
    import time_machine

    settings.TEAM_TIME_ZONE = "Pacific/Auckland"
    with time_machine.travel("2026-10-31T12:00:00+00:00", tick=False):
        submitted()
    row = DailyUsage.objects.get()
    assert f"{row.day}" == "2026-11-01"
    assert rebuild.differences(row.day) == []
