"""Two workers, crashes, and a gateway that is slow: one create, by whoever holds the claim."""

from datetime import timedelta
from threading import Event

import pytest
from django.db import OperationalError
from django.utils import timezone

from generation.gateway.client import GatewayClient
from generation.lifecycle import dispatch, dispatch_results
from generation.lifecycle.reconcile import recover_claims
from generation.models import Lease, Task
from tests.lifecycle.conftest import run_job, words


def test_two_dispatchers_make_one_create(sandbox, sent, monkeypatch, at_once):
    create, found = GatewayClient.create, []

    def slow(client, *args):
        # Meanwhile a second worker looks for work.
        found.append(dispatch._claim())
        return create(client, *args)

    monkeypatch.setattr(GatewayClient, "create", slow)
    task = sent()
    assert (task.state, found) == ("processing", [None])
    assert len(sandbox.requests("POST")) == 1


def test_a_rival_that_saw_the_same_list_goes_away_empty(gateway, submitted, monkeypatch):
    first, second = submitted(variations=2)
    change = dispatch.change
    taken = []

    def outrun(pk, *args, **fields):
        if not taken:
            taken.append(pk)
            assert change(pk, *args, **fields)
        return change(pk, *args, **fields)

    monkeypatch.setattr(dispatch, "change", outrun)
    claimed = dispatch._claim()
    assert taken == [first.pk]
    assert claimed is not None
    assert claimed.pk == second.pk


def test_it_may_have_arrived_from_before_the_first_byte_on(gateway, sent, monkeypatch, at_once):
    create, seen = GatewayClient.create, []

    def look_first(client, *args):
        seen.append(Task.objects.get().sent_at)
        return create(client, *args)

    monkeypatch.setattr(GatewayClient, "create", look_first)
    sent()
    assert seen == [timezone.now()]


def test_a_worker_that_lost_its_claim_sends_nothing(gateway, submitted):
    task = submitted()
    claimed = dispatch._claim()
    Task.objects.filter(pk=task.pk).update(attempts=2)
    assert list(dispatch._dispatch(claimed)) == []
    assert gateway.requests == []


def test_a_worker_that_slept_through_its_claim_does_not_send_beside_its_rival(gateway, submitted):
    """Both would hold a task that is being sent; only the attempt tells whose it is."""
    task = submitted()
    sleeper = dispatch._claim()
    Task.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    recover_claims()
    Task.objects.update(next_attempt_at=timezone.now())
    rival = dispatch._claim()
    assert (sleeper.pk, rival.pk) == (task.pk, task.pk)
    assert not dispatch._mark_sent(sleeper)
    task.refresh_from_db()
    assert task.sent_at is None
    assert dispatch._mark_sent(rival)
    assert not dispatch._mark_sent(sleeper)
    assert not dispatch._still_ours(sleeper)
    assert dispatch._still_ours(rival)


def test_a_start_whose_commit_got_no_answer_is_written_once(gateway, submitted):
    task = submitted()
    claimed = dispatch._claim()
    assert dispatch._mark_sent(claimed)
    assert dispatch._mark_sent(claimed)
    assert words(task) == ["queued", "claimed", "sending"]


def test_the_remote_id_is_committed_before_anything_else(gateway, sent, monkeypatch):
    def crash():
        raise SystemExit

    monkeypatch.setattr(dispatch_results, "ensure_poller", crash)
    with pytest.raises(SystemExit):
        sent()
    task = Task.objects.get()
    assert (task.state, task.remote_id) == ("processing", "remote-1")


def test_a_busy_database_does_not_lose_the_remote_id(gateway, sent, monkeypatch):
    change, failures = (
        dispatch_results.change,
        [OperationalError("locked"), OperationalError("locked")],
    )

    def locked(*args, to, **fields):
        if to == Task.State.PROCESSING and failures:
            raise failures.pop()
        return change(*args, to=to, **fields)

    monkeypatch.setattr(dispatch_results, "change", locked)
    monkeypatch.setattr("generation.workers.heartbeats.time.sleep", lambda seconds: None)
    assert sent().remote_id == "remote-1"


def test_an_answer_after_the_claim_ran_out_still_counts(gateway, sent, monkeypatch, clock, at_once):
    create = GatewayClient.create

    def slow(client, *args):
        reply = create(client, *args)
        clock.shift(timedelta(seconds=61))
        recover_claims()
        assert Task.objects.get().state == "uncertain"
        return reply

    monkeypatch.setattr(GatewayClient, "create", slow)
    task = sent()
    assert (task.state, task.remote_id) == ("processing", "remote-1")


def test_a_worker_sends_heartbeats_while_it_waits(db, monkeypatch):
    monkeypatch.setattr("generation.workers.heartbeats.HEARTBEAT_EVERY", 0.01)
    beaten, told = Event(), []

    def steps():
        told.append((yield lambda: beaten.wait(5)))

    run_job(steps(), renew=beaten.set)
    assert told == [True]
    assert Lease.objects.filter(name__startswith="cluster:").exists()


def test_what_the_work_raises_comes_through(db):
    def work():
        raise TimeoutError("its own")

    def steps():
        yield work

    with pytest.raises(TimeoutError, match="its own"):
        run_job(steps())


def test_a_claim_is_renewed_while_the_request_is_under_way(gateway, sent, monkeypatch, clock):
    monkeypatch.setattr("generation.workers.heartbeats.HEARTBEAT_EVERY", 0.01)
    create, still_ours, claims, enough = GatewayClient.create, dispatch._still_ours, [], Event()

    def note(task, **fields):
        fine = still_ours(task, **fields)
        claims.append(Task.objects.get(pk=task.pk).claimed_until)
        clock.shift(30)
        if len(claims) == 4:
            enough.set()
        return fine

    def slow(client, *args):
        enough.wait(5)
        return create(client, *args)

    monkeypatch.setattr(dispatch, "_still_ours", note)
    monkeypatch.setattr(GatewayClient, "create", slow)
    assert sent().state == "processing"
    assert claims[1] - claims[0] == timedelta(seconds=30)
