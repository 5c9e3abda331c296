"""How many tasks are in each state: right at once, and no page counts what has ended long ago."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from generation import jobs
from generation.lifecycle import task_counts
from generation.lifecycle.task_counts import tasks_by_state
from generation.models import Task
from tests.factories import make_task
from tests.history.work import counted

LONG_AGO = timedelta(days=30)


@pytest.fixture(autouse=True)
def nothing_counted(db):
    cache.delete(task_counts.KEPT)


def ended(alice, ago, state="completed"):
    at = timezone.now() - ago
    return make_task(alice, state=state, created_at=at, finished_at=at)


def whole_counts(work):
    return [one for one in work.statements if '"finished_at" <=' in one.sql]


def test_every_state_is_counted(alice):
    ended(alice, LONG_AGO)
    ended(alice, timedelta(minutes=1))
    ended(alice, LONG_AGO, "lost")
    make_task(alice, state="queued", finished_at=None)
    expected = {"completed": 2, "lost": 1, "queued": 1}
    for _ in range(2):
        found = tasks_by_state()
        assert found == {state: expected.get(state, 0) for state in Task.State.values}


def test_what_ends_after_the_count_is_counted_at_once(alice):
    jobs.reconcile()
    for number in range(1, 3):
        ended(alice, timedelta(seconds=1))
        assert tasks_by_state()["completed"] == number


def test_reconcile_counts_so_that_pages_need_not(alice):
    ended(alice, LONG_AGO)
    with counted() as work:
        jobs.reconcile()
    assert len(whole_counts(work)) == 1
    with counted() as work:
        assert tasks_by_state()["completed"] == 1
        jobs.reconcile()
    assert whole_counts(work) == []


def test_without_workers_a_count_is_good_for_days(alice):
    ended(alice, LONG_AGO)
    jobs.reconcile()
    with time_machine.travel(timezone.now() + timedelta(days=6)), counted() as work:
        assert tasks_by_state()["completed"] == 1
    assert whole_counts(work) == []


def test_it_counts_anew_once_an_hour_and_pages_do_not_wait_for_that(alice):
    ended(alice, LONG_AGO)
    jobs.reconcile()
    kept = cache.get(task_counts.KEPT)
    old = timezone.now() - task_counts.SETTLED - task_counts.GOOD_FOR - timedelta(seconds=1)
    cache.set(task_counts.KEPT, kept | {"until": old.isoformat()})
    with counted() as work:
        assert tasks_by_state()["completed"] == 1
    assert whole_counts(work) == []
    with counted() as work:
        jobs.reconcile()
    assert len(whole_counts(work)) == 1
    assert cache.get(task_counts.KEPT)["until"] > old.isoformat()


def test_a_count_of_a_moment_to_come_is_no_count(alice):
    with time_machine.travel(timezone.now() + timedelta(hours=6)):
        jobs.reconcile()
    ended(alice, timedelta(seconds=1))
    assert tasks_by_state()["completed"] == 1
