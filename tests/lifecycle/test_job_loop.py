"""The loop that dispatch and archive share: how long a worker takes jobs, and whom it wakes."""

import time
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from threading import Event

import pytest
from django.conf import settings

from generation.lifecycle import archive
from generation.workers import job_loop
from generation.workers.job_loop import run_jobs
from generation.workers.job_pool import Job

pytestmark = pytest.mark.django_db

QUICK = 0.05


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch):
    for name, seconds in {
        "BUDGET": 0.4,
        "SLOW": 0.2,
        "LONG_BUDGET": 1.2,
        "LOOK_AGAIN": 0.02,
    }.items():
        monkeypatch.setattr(job_loop, name, seconds)


class Due:
    """Jobs that are due, each of which works for so many seconds or until an event."""

    def __init__(self, *works):
        self.works, self.began, self.ended, self.woken = list(works), [], [], 0

    def next_job(self, jobs):
        return Job(self.steps(self.works.pop(0)), lambda: None, nullcontext) if self.works else None

    def steps(self, work):
        self.began.append(time.monotonic())
        yield (lambda: work.wait(10)) if isinstance(work, Event) else (lambda: time.sleep(work))
        self.ended.append(work)

    def wake_if_due(self):
        self.woken += 1

    def run(self, at_once=2):
        began = time.monotonic()
        run_jobs(self.next_job, self.wake_if_due, at_once=at_once)
        return time.monotonic() - began


def test_it_ends_when_nothing_is_due():
    due = Due(0, 0, 0)
    assert due.run() < 0.4
    assert due.ended == [0, 0, 0]


def test_what_runs_in_a_thread_knows_what_it_is_about():
    about, heard = ContextVar("about", default="nothing"), []

    @contextmanager
    def context():
        token = about.set("the job")
        yield
        about.reset(token)

    def steps():
        yield lambda: heard.append(about.get())

    jobs = [Job(steps(), lambda: None, context)]
    run_jobs(lambda _: jobs.pop() if jobs else None, lambda: None, at_once=1)
    assert heard == ["the job"]


def test_it_lets_others_have_the_worker_and_wakes_one_for_the_rest():
    due = Due(*[QUICK] * 100)
    due.run()
    assert 0 < len(due.ended) < 50
    assert len(due.began) == len(due.ended)
    assert due.woken == 2  # when its hands were full, and at the end


def test_slow_work_holds_up_no_other_job():
    slow = Event()
    due = Due(slow, *[QUICK] * 14)

    def let_go(jobs):
        if not due.works:
            slow.set()
        return Due.next_job(due, jobs)

    due.next_job = let_go
    assert due.run() > 0.4
    assert due.ended == [QUICK] * 14 + [slow]


def test_slow_work_keeps_no_worker_from_ending():
    due = Due(4, *[QUICK] * 100)
    due.run()
    assert max(due.began) - min(due.began) < 3.5
    assert 4 in due.ended
    assert due.works


def test_with_its_hands_full_it_wakes_one_more():
    slow, due = Event(), Due()
    due.works = [slow, slow]

    def wake():
        due.woken += 1
        slow.set()

    run_jobs(due.next_job, wake, at_once=2)
    assert due.woken == 2
    assert due.ended == [slow, slow]


def test_the_longest_download_ends_before_the_queue_gives_up(monkeypatch):
    monkeypatch.undo()
    assert settings.Q_CLUSTER["timeout"] - 15 > job_loop.LONG_BUDGET + archive.DEADLINE
