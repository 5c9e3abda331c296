import os
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from django_q.models import Failure, Schedule

from generation import jobs
from generation.lifecycle import dispatch
from generation.lifecycle.transitions import Happened, record
from generation.models import Lease, Output, Task
from generation.workers import heartbeats
from tests.factories import make_task
from tests.lifecycle.conftest import words

DISPATCH = ("generation.jobs.dispatch", (), "default")
ARCHIVE = ("generation.jobs.archive", (), "default")


@pytest.fixture
def reconcile_now(woken, django_capture_on_commit_callbacks):
    def reconcile_now():
        with django_capture_on_commit_callbacks(execute=True):
            jobs.reconcile()
        return woken

    return reconcile_now


@pytest.fixture
def claimed(alice):
    """A task whose sender is dead if its claim has run out."""

    def make(ago, **fields):
        until = timezone.now() - timedelta(seconds=ago)
        return make_task(alice, "submitting", attempts=1, claimed_until=until, **fields)

    return make


def test_with_nothing_to_do_there_is_only_a_heartbeat(reconcile_now, db):
    assert reconcile_now() == []
    assert Lease.objects.get().name == heartbeats.heartbeat_name("default")


def test_what_was_never_sent_goes_back_to_the_queue(reconcile_now, claimed):
    task = claimed(1)
    assert DISPATCH in reconcile_now()
    task.refresh_from_db()
    assert (task.state, words(task)) == ("queued", ["released"])


def test_what_may_have_been_sent_is_uncertain(reconcile_now, claimed):
    task = claimed(1, sent_at=timezone.now())
    assert DISPATCH not in reconcile_now()
    task.refresh_from_db()
    assert (task.state, task.reason, words(task)) == ("uncertain", "no-answer", ["uncertain"])


def test_a_claim_that_runs_is_left_alone(reconcile_now, claimed):
    task = claimed(-1)
    reconcile_now()
    task.refresh_from_db()
    assert (task.state, words(task)) == ("submitting", [])


def test_by_a_clock_set_forward_no_sender_is_dead_at_once(reconcile_now, claimed, clock):
    task = claimed(-30, sent_at=timezone.now())
    clock.shift(timedelta(hours=2))
    reconcile_now()
    task.refresh_from_db()
    assert (task.state, words(task)) == ("submitting", [])
    clock.shift(timedelta(seconds=61))
    reconcile_now()
    task.refresh_from_db()
    assert (task.state, words(task)) == ("uncertain", ["uncertain"])


@pytest.fixture
def set_back(clock):
    """Sets the clock back by two hours."""

    def set_back():
        clock.shift(timedelta(hours=-2))

    return set_back


def test_a_clock_set_back_keeps_nothing_in_the_queue(reconcile_now, alice, set_back):
    task = make_task(alice, "queued", next_attempt_at=timezone.now() + timedelta(seconds=4))
    record(task.pk, task.state, Happened("waits", "Busy."))
    set_back()
    assert reconcile_now() == [DISPATCH]


def test_a_clock_set_back_keeps_no_dead_sender_alive(reconcile_now, claimed, set_back, clock):
    task = claimed(-30)
    record(task.pk, task.state, Happened("claimed", "A worker prepares the request."))
    set_back()
    reconcile_now()
    clock.shift(timedelta(seconds=61))
    reconcile_now()
    task.refresh_from_db()
    assert (task.state, words(task)[-1]) == ("queued", "released")


def test_a_clock_set_back_gives_no_task_more_time(reconcile_now, processing, set_back):
    task = processing(next_poll_at=timezone.now() + timedelta(seconds=5))
    set_back()
    reconcile_now()
    task.refresh_from_db()
    now = timezone.now()
    assert (task.accepted_at, task.next_poll_at) == (now, now)
    assert task.deadline_at == now + timedelta(seconds=900)


def test_a_clock_set_back_keeps_no_result_waiting(reconcile_now, archiving, set_back):
    task = archiving(
        "https://cdn.example/1.jpg",
        attempts=1,
        next_attempt_at=timezone.now() + timedelta(minutes=9),
    )
    record(task.pk, task.state, Happened("at-risk", "Could not save the result."))
    set_back()
    assert ARCHIVE in reconcile_now()


def test_a_clock_set_back_silences_no_key(reconcile_now, team_key, set_back):
    team_key.polls_wait_until = timezone.now() + timedelta(minutes=5)
    team_key.save()
    set_back()
    reconcile_now()
    team_key.refresh_from_db()
    assert team_key.polls_wait_until is None


def test_what_waits_by_a_right_clock_goes_on_waiting(reconcile_now, alice, archiving):
    """However long the pauses are: they were planned before now."""
    later = timezone.now() + timedelta(minutes=59)
    task = make_task(alice, "queued", next_attempt_at=later)
    record(task.pk, task.state, Happened("waits", "Busy."))
    other = archiving("https://cdn.example/1.jpg", attempts=1, next_attempt_at=later)
    record(other.pk, other.state, Happened("at-risk", "Could not save the result."))
    assert reconcile_now() == []


def test_a_lost_dispatch_wakeup_is_sent_again(reconcile_now, alice):
    make_task(alice, "queued")
    assert reconcile_now() == [DISPATCH]


def test_what_waits_for_its_next_try_wakes_nobody(reconcile_now, alice):
    make_task(alice, "queued", next_attempt_at=timezone.now() + timedelta(hours=1))
    assert reconcile_now() == []


def test_a_lost_archive_wakeup_is_sent_again(reconcile_now, archiving):
    archiving("https://cdn.example/1.jpg")
    assert ARCHIVE in reconcile_now()


def test_a_lost_poller_is_started_again(reconcile_now, processing):
    processing()
    assert [call[0] for call in reconcile_now()] == ["generation.jobs.poll"]


def test_a_task_that_nobody_would_poll_is_polled(reconcile_now, processing):
    task = processing(next_poll_at=None)
    later = timezone.now() + timedelta(seconds=40)
    planned = processing(next_poll_at=later, remote_id="remote-2")
    reconcile_now()
    task.refresh_from_db()
    planned.refresh_from_db()
    assert task.next_poll_at == timezone.now()
    assert planned.next_poll_at == later


def test_a_task_whose_files_are_all_saved_is_completed(reconcile_now, archiving):
    task = archiving("https://cdn.example/1.jpg")
    Output.objects.update(state="stored")
    reconcile_now()
    task.refresh_from_db()
    assert task.state == "completed"


def test_half_downloaded_files_of_the_dead_are_removed(reconcile_now, settings, db):
    folder = settings.DATA_DIR / "tmp"
    folder.mkdir()
    old, fresh = folder / "1.part", folder / "2.part"
    for path, age in ((old, 3601), (fresh, 60)):
        path.touch()
        at = timezone.now().timestamp() - age
        os.utime(path, (at, at))
    reconcile_now()
    assert list(folder.iterdir()) == [fresh]


def test_old_failures_of_the_queue_are_forgotten(reconcile_now, db):
    for days in (1, 15):
        at = timezone.now() - timedelta(days=days)
        Failure.objects.create(
            id=f"{days}", name="x", func="x", started=at, stopped=at, success=False
        )
    reconcile_now()
    assert Failure.objects.get().id == "1"


def test_there_is_one_schedule_for_it(db):
    schedule = Schedule.objects.get(func="generation.jobs.reconcile")
    assert (schedule.schedule_type, schedule.minutes) == (Schedule.MINUTES, 1)


def test_jobs_return_nothing(db, processing, gateway):
    for job in (jobs.dispatch, jobs.archive, jobs.reconcile, jobs.heartbeat):
        assert job() is None
    assert jobs.poll("stale") is None
    assert not Task.objects.exists()


def test_a_clock_set_back_releases_nothing_that_is_over_a_budget(
    reconcile_now, alice, submitted, set_back, gateway
):
    alice.monthly_budget = Decimal(0)
    alice.save()
    task = submitted(asks=True)
    set_back()
    assert DISPATCH not in reconcile_now()
    dispatch.dispatch_due()
    task.refresh_from_db()
    assert (task.state, task.is_over_budget, gateway.requests) == ("queued", True, [])
