"""Wakeups: enough to wake a worker, and no more."""

import pytest
from django.db import OperationalError
from django.utils import timezone
from django_q.models import Schedule

from generation import jobs
from generation.models import Lease
from generation.workers import wakeups

DISPATCH = ("generation.jobs.dispatch", (), "default")
ARCHIVE = ("generation.jobs.archive", (), "default")


@pytest.fixture
def wake(db, django_capture_on_commit_callbacks):
    def wake(*calls):
        with django_capture_on_commit_callbacks(execute=True):
            for each in calls:
                each()

    return wake


def test_many_wakeups_are_one_job(wake, woken):
    wake(*[wakeups.wake_dispatch] * 40, wakeups.wake_archive)
    assert woken == [DISPATCH, ARCHIVE]


def test_after_it_was_acknowledged_the_next_wakeup_is_sent(wake, woken):
    wake(wakeups.wake_dispatch)
    jobs.dispatch()
    wake(wakeups.wake_dispatch, wakeups.wake_dispatch)
    assert woken == [DISPATCH, DISPATCH]


def test_it_is_acknowledged_before_the_work(wake, woken, monkeypatch):
    """Work that comes while a worker looks for it may be too late for that worker."""
    monkeypatch.setattr(
        "generation.lifecycle.dispatch.dispatch_due", lambda: wake(wakeups.wake_dispatch)
    )
    wake(wakeups.wake_dispatch)
    jobs.dispatch()
    assert woken == [DISPATCH, DISPATCH]


def test_a_lost_wakeup_is_sent_again(wake, woken, clock):
    wake(wakeups.wake_dispatch)
    clock.shift(4)
    wake(wakeups.wake_dispatch)
    clock.shift(2)
    wake(wakeups.wake_dispatch)
    assert woken == [DISPATCH, DISPATCH]


def test_a_clock_set_back_silences_no_wakeup(wake, woken, clock):
    wake(wakeups.wake_dispatch)
    clock.shift(-7200)
    wake(wakeups.wake_dispatch)
    assert woken == [DISPATCH, DISPATCH]


def test_a_database_that_is_away_silences_no_wakeup(wake, woken, monkeypatch):
    def away(*_, **__):
        raise OperationalError("away")

    monkeypatch.setattr(Lease.objects, "get_or_create", away)
    monkeypatch.setattr(Lease.objects, "filter", away)
    wakeups.acknowledge("submit")
    wake(wakeups.wake_dispatch, wakeups.wake_dispatch)
    assert woken == [DISPATCH, DISPATCH]


def test_a_reconcile_that_was_put_off_is_woken(wake, woken, clock):
    reconcile = ("generation.jobs.reconcile", (), "default")
    Schedule.objects.update(next_run=timezone.now())
    wake(wakeups.wake_reconcile_if_delayed)
    assert woken == []
    clock.shift(-7200)
    wake(wakeups.wake_reconcile_if_delayed, wakeups.wake_reconcile_if_delayed)
    assert woken == [reconcile]
