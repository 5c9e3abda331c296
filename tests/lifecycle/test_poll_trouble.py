"""Polls that fail, hang or come too late: no task is given up for them."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from generation.lifecycle import poll_claims, poller, polling
from generation.models import Task
from tests.lifecycle.conftest import DONE, running, words
from tests.support.gateways.scripted import Reply
from tests.support.ports import free_port


def test_an_unknown_task_is_uncertain_after_three_polls(gateway, processing, poll):
    gateway.reply = Reply.json({"error": "task not found"}, 404)
    task = processing()
    assert [poll(task).state for _ in range(3)] == ["processing", "processing", "uncertain"]
    assert (task.reason, task.http_status) == ("not-found", 404)


def test_one_404_is_forgiven(gateway, processing, poll):
    task = processing()
    for reply in (Reply(404), Reply(404), running(), Reply(404), Reply(404), running()):
        gateway.reply = reply
        assert poll(task).state == "processing"
    assert task.misses == 0


@pytest.mark.parametrize(
    "reply",
    [
        Reply(408),
        Reply(409),
        Reply(425),
        Reply(429, b"{}", {"Retry-After": "1"}),
        Reply(500),
        Reply(503),
        Reply(200, b"<html>maintenance</html>"),
        Reply(200, b"[]"),
        Reply(302, b"", {"Location": "/elsewhere"}),
    ],
)
def test_trouble_at_the_gateway_never_fails_a_task(gateway, processing, poll, reply):
    gateway.reply = reply
    task = poll(processing())
    assert (task.state, task.unreachable_since) == ("processing", timezone.now())
    assert words(task) == ["unreachable"]


def test_unreachable_since_stays_and_is_cleared(gateway, processing, poll, settings):
    good = settings.GATEWAY_URL
    settings.GATEWAY_URL = f"http://127.0.0.1:{free_port()}/v1/generation"
    task = poll(processing())
    since = task.unreachable_since
    assert since == timezone.now()
    assert poll(task).unreachable_since == since
    assert task.next_poll_at - timezone.now() >= timedelta(seconds=8)
    settings.GATEWAY_URL = good
    polling.close_polls()
    before = task.revision
    assert poll(task).unreachable_since is None
    assert task.revision > before


@pytest.mark.parametrize("reply", [Reply(500), running()])
def test_after_the_deadline_it_is_uncertain(gateway, processing, poll, clock, reply):
    gateway.reply = reply
    task = processing()
    clock.shift(901)
    Task.objects.update(next_poll_at=timezone.now())
    assert (poll(task).state, task.reason) == ("uncertain", "deadline")


def test_time_in_which_nobody_polled_does_not_count(gateway, processing, poll_round, clock):
    """Nor does a clock set forward: no task is given up for it."""
    gateway.reply = running()
    task = processing()
    clock.shift(7200)
    poll_round()
    task.refresh_from_db()
    assert task.state == "processing"
    assert task.deadline_at == timezone.now() + timedelta(seconds=900)
    # It is as young as it was, so the next poll is soon.
    assert task.next_poll_at - timezone.now() < timedelta(seconds=4)


@pytest.mark.parametrize("reply", [Reply(500), running()])
def test_a_clock_set_forward_during_a_poll_does_not_count_either(
    gateway, processing, poll_round, clock, reply
):
    task = processing()

    def ahead(request):
        clock.shift(7200)
        return reply

    gateway.reply = ahead
    poll_round()
    gateway.reply = running()
    poll_round()
    task.refresh_from_db()
    assert task.state == "processing"
    assert task.polls >= 2
    assert task.deadline_at > timezone.now()


def test_a_clock_set_forward_while_polls_are_claimed_does_not_count_either(
    gateway, processing, poll_round, clock, monkeypatch
):
    task, claim, shifts = processing(), poll_claims.claim, [7200, 0]

    def ahead(*given, **options):
        found = claim(*given, **options)
        clock.shift(shifts.pop(0) if found and shifts else 0)
        return found

    monkeypatch.setattr(poll_claims, "claim", ahead)
    gateway.reply = running()
    for _ in range(2):
        poll_round()
        task.refresh_from_db()
        assert task.state == "processing"
    assert shifts == []
    assert task.deadline_at > timezone.now()


def test_done_after_the_deadline_is_done(gateway, processing, poll, clock):
    gateway.reply = Reply.json(DONE)
    task = processing()
    clock.shift(901)
    Task.objects.update(next_poll_at=timezone.now())
    assert poll(task).state == "archiving"


def test_one_odd_task_does_not_stop_the_others(
    gateway, processing, poll_round, monkeypatch, caplog
):
    odd, other = processing(remote_id="odd"), processing(remote_id="other")
    apply = polling.apply_reply

    def stumble(task, reply):
        if task.pk == odd.pk:
            raise ValueError("odd")
        apply(task, reply)

    monkeypatch.setattr(polling, "apply_reply", stumble)
    gateway.reply = lambda request: Reply.json({"id": "x", "status": "in_progress", "progress": 1})
    poll_round()
    other.refresh_from_db()
    assert other.progress == 1
    assert f"task {odd.pk}: could not apply" in caplog.text


def test_what_changed_meanwhile_is_left_alone(gateway, processing, poll_round, monkeypatch):
    task = processing()

    gateway.reply = Reply.json(DONE)
    apply = polling.apply

    def late(given, answer, asked_at):
        Task.objects.filter(pk=task.pk).update(state="uncertain")
        apply(given, answer, asked_at)

    monkeypatch.setattr(polling, "apply", late)
    poll_round()
    task.refresh_from_db()
    assert (task.state, task.outputs.count()) == ("uncertain", 0)


def test_a_locked_database_is_waited_for(gateway, processing, poll, monkeypatch):
    claim, failures, slept = poll_claims.claim, [OperationalError("locked")], []

    def locked(*given, **more):
        if failures:
            raise failures.pop()
        return claim(*given, **more)

    monkeypatch.setattr(poll_claims, "claim", locked)
    monkeypatch.setattr(poller.time, "sleep", slept.append)
    gateway.reply = Reply.json(DONE)
    task = processing()
    while poll(task).state == "processing":
        pass
    assert slept[0] == 1
    assert task.state == "archiving"


def test_a_poll_that_hangs_holds_up_no_other(gateway, processing, poll_round, monkeypatch):
    gate, slow, other = threading.Event(), processing(remote_id="slow"), processing(remote_id="o")

    def hold(request):
        if request.path.endswith("/slow"):
            gate.wait(60)
        return running(progress=0.5)

    def asked(task):
        return sum(request.path.endswith(f"/{task.remote_id}") for request in gateway.requests)

    monkeypatch.setattr(polling, "TIMEOUT", 60.0)
    monkeypatch.setattr(poller, "DRAIN", 0.05)
    gateway.reply = hold
    try:
        # Both fall due again and again: one is asked about, the other answers nothing yet.
        while asked(other) < 3:
            poll_round()
            Task.objects.update(next_poll_at=timezone.now())
        other.refresh_from_db()
        slow.refresh_from_db()
        assert (slow.progress, other.progress, asked(slow)) == (None, 0.5, 1)
    finally:
        gate.set()
    # Nothing is due: a later job takes the late answer, and asks nobody.
    Task.objects.update(next_poll_at=timezone.now() + timedelta(minutes=5))
    monkeypatch.setattr(poller, "DRAIN", 60.0)
    poll_round()
    slow.refresh_from_db()
    assert (slow.progress, asked(slow)) == (0.5, 1)
