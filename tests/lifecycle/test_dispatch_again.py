"""What surely did not arrive is sent again later."""

import pytest
from django.utils import timezone

from generation.models import Lease, Task
from tests.lifecycle.conftest import words
from tests.support.gateways.scripted import Reply
from tests.support.ports import free_port


def seconds_to_wait(task):
    return (task.next_attempt_at - timezone.now()).total_seconds()


def test_an_unreachable_gateway_leaves_the_task_queued(settings, sent):
    settings.GATEWAY_URL = f"http://127.0.0.1:{free_port()}/v1/generation"
    task = sent()
    assert (task.state, task.reason, task.attempts) == ("queued", "unreachable", 1)
    assert task.sent_at is None
    assert seconds_to_wait(task) == 2
    assert words(task) == ["queued", "claimed", "sending", "waits"]
    assert task.events.get(kind="waits").detail["attempt"] == 1


def test_the_pauses_grow_up_to_five_minutes(settings, sent, clock):
    settings.GATEWAY_URL = f"http://127.0.0.1:{free_port()}/v1/generation"
    task = sent()
    pauses = [seconds_to_wait(task)]
    for _ in range(9):
        clock.move_to(task.next_attempt_at)
        pauses.append(seconds_to_wait(sent(task)))
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_it_is_not_tried_again_before_its_time(gateway, sent):
    gateway.reply = Reply(429, b"{}", {"Retry-After": "30"})
    sent(sent())
    assert len(gateway.requests) == 1


def test_a_busy_gateway_says_how_long_to_wait(gateway, sent):
    gateway.reply = Reply.json({"error": "slow down"}, 429, **{"Retry-After": "37"})
    task = sent()
    assert (task.state, task.reason) == ("queued", "busy")
    assert seconds_to_wait(task) == 37


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}])
def test_a_busy_gateway_that_does_not_say_gets_our_pauses(gateway, sent, headers):
    gateway.reply = Reply.json({"error": "slow down"}, 429, **headers)
    task = sent()
    assert (task.state, task.reason, seconds_to_wait(task)) == ("queued", "busy", 2)


def test_a_retry_at_once_is_not_taken_literally(gateway, sent):
    gateway.reply = Reply.json({}, 503, **{"Retry-After": "0"})
    assert seconds_to_wait(sent()) == 1
    assert len(gateway.requests) == 1


def test_the_next_try_goes_through(sandbox, sent, clock):
    task = sent(params={"prompt": "A sea [429]"})
    assert (task.state, seconds_to_wait(task)) == ("queued", 2)
    clock.shift(2)
    assert sent(task).state == "processing"
    assert task.attempts == 2


def test_the_poller_is_started_to_wake_a_worker_when_the_pause_is_over(
    gateway, sent, poll_round, clock, woken, django_capture_on_commit_callbacks
):
    gateway.reply = Reply(429, b"{}", {"Retry-After": "10"})
    sent()
    assert Lease.objects.get(name="poller").expires_at > timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        assert poll_round() == "handed over"
    assert ("generation.jobs.dispatch", (), "default") not in woken
    clock.shift(10)
    with django_capture_on_commit_callbacks(execute=True):
        poll_round()
    assert ("generation.jobs.dispatch", (), "default") in woken


def test_days_without_a_gateway_make_nothing_uncertain(settings, sent, submitted):
    settings.GATEWAY_URL = f"http://127.0.0.1:{free_port()}/v1/generation"
    task = submitted()
    Task.objects.update(attempts=2_000)
    task = sent(task)
    assert (task.state, task.attempts, task.sent_at) == ("queued", 2_001, None)
    assert seconds_to_wait(task) == 300
