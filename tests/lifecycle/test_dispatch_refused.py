"""Creates that are refused, by the gateway or by us, and tasks that are canceled before one."""

import pytest
from django.urls import reverse

from generation.lifecycle import actions, dispatch
from generation.models import ApiKey, Task
from tests.factories import make_key, make_task
from tests.lifecycle.conftest import run_job, words
from tests.support.gateways.scripted import Reply


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422])
def test_a_refusal_fails_the_task(gateway, sent, status):
    gateway.reply = Reply.json({"error": {"code": "E1", "message": "not like this"}}, status)
    task = sent()
    assert (task.state, task.reason, task.http_status) == ("failed", "refused", status)
    assert (task.error_code, task.error_message) == ("E1", "not like this")
    assert task.finished_at is not None
    assert task.charge == 0
    assert len(gateway.requests) == 1


def test_a_refused_key_is_noted_on_the_key(gateway, sent, team_key):
    gateway.reply = Reply.json({"error": "who are you"}, 401)
    sent()
    team_key.refresh_from_db()
    assert team_key.last_error


def test_the_sandbox_refuses_a_real_key(sandbox, sent, alice):
    task = sent(key=make_key(alice, secret="vda_real_key"))
    assert (task.state, task.http_status) == ("failed", 401)


def test_a_key_switched_off_meanwhile_is_not_used(gateway, sent, submitted, team_key):
    task = submitted()
    ApiKey.objects.update(active=False)
    assert (sent(task).state, task.reason) == ("failed", "key")
    assert gateway.requests == []


def test_a_key_deleted_meanwhile_is_not_used(gateway, sent, submitted, team_key):
    task = submitted()
    team_key.delete()
    assert (sent(task).state, task.reason) == ("failed", "key")
    assert gateway.requests == []


def test_a_key_that_cannot_be_decrypted_fails_the_task(gateway, sent, submitted):
    task = submitted()
    ApiKey.objects.update(secret="gAAAAA-not-ours")
    assert (sent(task).state, task.reason) == ("failed", "key")
    assert "decrypted" in task.error_message
    assert gateway.requests == []


def test_a_task_that_is_being_sent_is_not_canceled(gateway, submitted, alice):
    task = submitted()
    assert dispatch._claim() == task
    assert not actions.cancel(task, alice)
    gateway.reply = Reply.json({"id": "remote-1", "status": "in_progress"})
    run_job(dispatch._dispatch(Task.objects.get(pk=task.pk)))
    task.refresh_from_db()
    assert (task.state, task.remote_id) == ("processing", "remote-1")
    assert "canceled" not in words(task)


@pytest.mark.parametrize("state", sorted(set(Task.State.values) - {"queued"}))
def test_only_a_queued_task_is_canceled(client_for, alice, state):
    task = make_task(alice, state)
    assert client_for(alice).post(reverse("task-cancel", args=[task.pk])).status_code == 302
    task.refresh_from_db()
    assert (task.state, task.events.count()) == (state, 0)


def test_a_canceled_task_is_not_sent(gateway, submitted, sent, alice):
    task = submitted()
    assert actions.cancel(task, alice)
    assert sent(task).state == "canceled"
    assert gateway.requests == []
