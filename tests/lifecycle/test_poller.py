"""Who polls: the lease, how it is handed over, and what the poller does besides."""

import threading
import time
from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from generation import jobs
from generation.lifecycle import poller
from generation.lifecycle.poller import ensure_poller, run_poller
from generation.models import Lease, Output
from tests.factories import make_output, make_task
from tests.lifecycle.conftest import DONE, running
from tests.support.gateways.scripted import Reply


def test_a_result_whose_wakeup_was_lost_does_not_wait_for_reconcile(
    alice, woken, clock, django_capture_on_commit_callbacks
):
    make_output(make_task(alice, "archiving"))
    Output.objects.update(state="pending", next_attempt_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        assert not poller._wake_for_retries()
    clock.shift(timedelta(seconds=6))
    with django_capture_on_commit_callbacks(execute=True):
        assert poller._wake_for_retries()
    assert woken == [("generation.jobs.archive", (), "default")]
    assert poller.in_flight(), "the poller stays until it is taken"


def test_the_archiver_is_woken(
    gateway, processing, poll, woken, django_capture_on_commit_callbacks
):
    gateway.reply = Reply.json(DONE)
    with django_capture_on_commit_callbacks(execute=True):
        poll(processing())
    assert ("generation.jobs.archive", (), "default") in woken


def test_a_young_task_is_polled_every_few_seconds(gateway, processing, poll):
    task = processing()
    gateway.reply = running()
    waits = []
    while (timezone.now() - task.accepted_at).total_seconds() < 300:
        poll(task)
        waits.append((task.next_poll_at - timezone.now()).total_seconds())
    assert min(waits) > 1.9
    assert max(waits) < 5


def test_a_full_round_asks_for_everything_due(gateway, processing, poll_round):
    for number in range(40):
        processing(remote_id=f"remote-{number}")
    poll_round()
    assert len({request.path for request in gateway.requests}) == 40


def test_a_clock_set_back_stops_nothing(gateway, processing, clock, monkeypatch):
    monkeypatch.setattr(poller, "RENEW_EVERY", -1.0)
    gateway.reply = running(progress=0.5)
    ensure_poller()
    task = processing(next_poll_at=timezone.now())
    clock.shift(-7200)
    assert ensure_poller()
    run_poller(token(), budget=0.2)
    task.refresh_from_db()
    assert task.progress == 0.5


def token():
    return Lease.objects.get(name="poller").token


def test_only_one_poller_is_started(db, woken, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert ensure_poller()
        assert not ensure_poller()
    assert woken == [("generation.jobs.poll", (token(),), "poll")]


def test_a_lost_poller_is_replaced(db, clock):
    ensure_poller()
    lost = token()
    clock.shift(21)
    assert ensure_poller()
    assert token() != lost


def test_an_old_token_ends_at_once(gateway, processing):
    processing()
    ensure_poller()
    assert run_poller("another") == "stale"
    assert gateway.requests == []


def test_the_lease_is_handed_over(gateway, processing, woken, django_capture_on_commit_callbacks):
    processing()
    ensure_poller()
    first = token()
    with django_capture_on_commit_callbacks(execute=True):
        assert run_poller(first, budget=0.005) == "handed over"
    assert woken == [("generation.jobs.poll", (token(),), "poll")]
    assert run_poller(first) == "stale"


def test_a_poller_that_lost_the_lease_hands_nothing_over(gateway, processing, monkeypatch, woken):
    processing()
    ensure_poller()
    step = poller._step

    def robbed(*given):
        Lease.objects.filter(name="poller").update(token="another")
        return step(*given)

    monkeypatch.setattr(poller, "_step", robbed)
    assert run_poller(token(), budget=0.005) == "lost"
    assert token() == "another"


def test_with_nothing_in_flight_the_poller_ends(db, monkeypatch):
    steps = []
    step = poller._step
    monkeypatch.setattr(poller, "_step", lambda *given: steps.append(1) or step(*given))
    ensure_poller()
    assert run_poller(token()) == "idle"
    assert len(steps) == 1
    assert Lease.objects.get(name="poller").expires_at < timezone.now()
    assert ensure_poller()


def test_it_rests_while_an_answer_is_on_its_way(gateway, processing, monkeypatch):
    asked, answered, steps = threading.Event(), threading.Event(), []
    step = poller._step

    def slow(request):
        asked.set()
        answered.wait(10)
        return running()

    def timed(*given):
        if asked.is_set():
            steps.append(time.monotonic())
        if len(steps) == 5:
            answered.set()
            raise InterruptedError
        return step(*given)

    gateway.reply = slow
    monkeypatch.setattr(poller, "_step", timed)
    processing()
    ensure_poller()
    with pytest.raises(InterruptedError):
        run_poller(token(), budget=60.0)
    rests = [later - earlier for earlier, later in pairwise(steps)]
    assert min(rests) > 0.9 * poller.BEGIN_EVERY


def test_a_task_accepted_in_the_last_moment_is_not_forgotten(gateway, processing, monkeypatch):
    ensure_poller()
    keep = poller._keep

    def late(token, new=None, ttl=poller.LEASE_TTL):
        if ttl < timedelta(0):
            processing()
        return keep(token, new, ttl)

    monkeypatch.setattr(poller, "_keep", late)
    assert run_poller(token()) == "idle"
    assert Lease.objects.get(name="poller").expires_at > timezone.now()


def test_the_poller_keeps_its_lease_while_it_works(gateway, processing, monkeypatch, clock):
    processing()
    ensure_poller()
    monkeypatch.setattr(poller, "RENEW_EVERY", -1.0)
    clock.shift(15)
    run_poller(token(), budget=0.005)
    assert Lease.objects.get(name="poller").expires_at == timezone.now() + poller.LEASE_TTL


def test_a_heartbeat_sets_a_lost_poller_going(gateway, processing, woken, clock):
    jobs.heartbeat()
    assert not Lease.objects.filter(name="poller").exists()
    processing()
    jobs.heartbeat()
    assert Lease.objects.get(name="poller").expires_at > timezone.now()
