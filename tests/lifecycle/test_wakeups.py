"""Bells: enough to wake a worker, and no more."""

import pytest
from django.db import OperationalError
from django.utils import timezone
from django_q.models import Schedule

from generation import jobs
from generation.models import Lease
from generation.workers import wakeups

SUBMIT = ("generation.jobs.dispatch", (), "default")
ARCHIVE = ("generation.jobs.archive", (), "default")


@pytest.fixture
def ring(db, django_capture_on_commit_callbacks):
    def ring(*rings):
        with django_capture_on_commit_callbacks(execute=True):
            for each in rings:
                each()

    return ring


def test_many_bells_are_one_job(ring, woken):
    ring(*[wakeups.wake_dispatch] * 40, wakeups.wake_archive)
    assert woken == [SUBMIT, ARCHIVE]


def test_after_an_answer_the_next_bell_is_rung(ring, woken):
    ring(wakeups.wake_dispatch)
    jobs.dispatch()
    ring(wakeups.wake_dispatch, wakeups.wake_dispatch)
    assert woken == [SUBMIT, SUBMIT]


def test_the_answer_comes_before_the_look(ring, woken, monkeypatch):
    """Work that comes while a worker looks for it may be too late for that worker."""
    monkeypatch.setattr(
        "generation.lifecycle.dispatch.dispatch_due", lambda: ring(wakeups.wake_dispatch)
    )
    ring(wakeups.wake_dispatch)
    jobs.dispatch()
    assert woken == [SUBMIT, SUBMIT]


def test_a_lost_bell_is_rung_again(ring, woken, clock):
    ring(wakeups.wake_dispatch)
    clock.shift(4)
    ring(wakeups.wake_dispatch)
    clock.shift(2)
    ring(wakeups.wake_dispatch)
    assert woken == [SUBMIT, SUBMIT]


def test_a_clock_set_back_silences_no_bell(ring, woken, clock):
    ring(wakeups.wake_dispatch)
    clock.shift(-7200)
    ring(wakeups.wake_dispatch)
    assert woken == [SUBMIT, SUBMIT]


def test_a_database_that_is_away_silences_no_bell(ring, woken, monkeypatch):
    def away(*_, **__):
        raise OperationalError("away")

    monkeypatch.setattr(Lease.objects, "get_or_create", away)
    monkeypatch.setattr(Lease.objects, "filter", away)
    wakeups.acknowledge("submit")
    ring(wakeups.wake_dispatch, wakeups.wake_dispatch)
    assert woken == [SUBMIT, SUBMIT]


def test_a_reconcile_that_was_put_off_is_woken(ring, woken, clock):
    watch = ("generation.jobs.reconcile", (), "default")
    Schedule.objects.update(next_run=timezone.now())
    ring(wakeups.wake_reconcile_if_delayed)
    assert woken == []
    clock.shift(-7200)
    ring(wakeups.wake_reconcile_if_delayed, wakeups.wake_reconcile_if_delayed)
    assert woken == [watch]
