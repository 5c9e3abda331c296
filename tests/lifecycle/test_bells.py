"""Bells: enough to wake a worker, and no more."""

import pytest
from django.db import OperationalError
from django.utils import timezone
from django_q.models import Schedule

from generation import jobs
from generation.lifecycle import bells
from generation.models import Lease

SUBMIT = ("generation.jobs.submit", (), "default")
ARCHIVE = ("generation.jobs.archive", (), "default")


@pytest.fixture
def ring(db, django_capture_on_commit_callbacks):
    def ring(*rings):
        with django_capture_on_commit_callbacks(execute=True):
            for each in rings:
                each()

    return ring


def test_many_bells_are_one_job(ring, rung):
    ring(*[bells.ring_submit] * 40, bells.ring_archive)
    assert rung == [SUBMIT, ARCHIVE]


def test_after_an_answer_the_next_bell_is_rung(ring, rung):
    ring(bells.ring_submit)
    jobs.submit()
    ring(bells.ring_submit, bells.ring_submit)
    assert rung == [SUBMIT, SUBMIT]


def test_the_answer_comes_before_the_look(ring, rung, monkeypatch):
    """Work that comes while a worker looks for it may be too late for that worker."""
    monkeypatch.setattr("generation.lifecycle.send.send_due", lambda: ring(bells.ring_submit))
    ring(bells.ring_submit)
    jobs.submit()
    assert rung == [SUBMIT, SUBMIT]


def test_a_lost_bell_is_rung_again(ring, rung, clock):
    ring(bells.ring_submit)
    clock.shift(4)
    ring(bells.ring_submit)
    clock.shift(2)
    ring(bells.ring_submit)
    assert rung == [SUBMIT, SUBMIT]


def test_a_clock_set_back_silences_no_bell(ring, rung, clock):
    ring(bells.ring_submit)
    clock.shift(-7200)
    ring(bells.ring_submit)
    assert rung == [SUBMIT, SUBMIT]


def test_a_database_that_is_away_silences_no_bell(ring, rung, monkeypatch):
    def away(*_, **__):
        raise OperationalError("away")

    monkeypatch.setattr(Lease.objects, "get_or_create", away)
    monkeypatch.setattr(Lease.objects, "filter", away)
    bells.answered("submit")
    ring(bells.ring_submit, bells.ring_submit)
    assert rung == [SUBMIT, SUBMIT]


def test_a_watchdog_that_was_put_off_is_rung_for(ring, rung, clock):
    watch = ("generation.jobs.watch", (), "default")
    Schedule.objects.update(next_run=timezone.now())
    ring(bells.ring_watch_if_put_off)
    assert rung == []
    clock.shift(-7200)
    ring(bells.ring_watch_if_put_off, bells.ring_watch_if_put_off)
    assert rung == [watch]
