"""Polls of a key that is refused, gone or unreadable."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation.lifecycle import key_check
from generation.models import ApiKey, Task
from generation.monitoring.invariants import broken
from tests.lifecycle.conftest import DONE, running, words
from tests.support.gateways.scripted import Reply


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_pauses_its_tasks(gateway, processing, poll, team_key, status):
    gateway.reply = Reply.json({"error": "no"}, status)
    task = poll(processing())
    team_key.refresh_from_db()
    assert (task.state, task.reason) == ("processing", "key")
    assert task.next_poll_at == timezone.now() + timedelta(seconds=60)
    assert team_key.paused_at == timezone.now()
    assert f"HTTP {status}" in team_key.last_error
    assert words(poll(task)).count("key-refused") == 1


def test_they_go_on_when_the_key_works(gateway, processing, poll, team_key):
    gateway.reply = Reply(401)
    task = poll(processing())
    before = task.revision
    gateway.reply = running()
    task = poll(task)
    team_key.refresh_from_db()
    assert (task.reason, team_key.paused_at, team_key.last_error) == ("", None, "")
    assert task.revision > before
    assert "key-accepted" in words(task)


def test_a_key_that_is_tested_and_good_sets_its_tasks_going(gateway, processing, poll, team_key):
    gateway.reply = Reply(401)
    task = poll(processing())
    gateway.reply = Reply(404)
    assert key_check.test_key(team_key) == (True, "the gateway accepts it.")
    task.refresh_from_db()
    assert task.next_poll_at == timezone.now()
    team_key.refresh_from_db()
    assert team_key.verified_at == timezone.now()


def test_a_bad_key_is_told(gateway, team_key):
    gateway.reply = Reply(401)
    good, sentence = key_check.test_key(team_key)
    assert not good
    assert "refuses" in sentence


def test_a_deleted_key_is_told_and_ends_with_the_deadline(
    gateway, processing, poll, team_key, clock
):
    task = processing()
    team_key.delete()
    task = poll(task)
    assert (task.state, task.reason, words(task)) == ("processing", "key", ["key-missing"])
    clock.shift(901)
    Task.objects.update(next_poll_at=timezone.now())
    poll(task)
    assert (task.state, task.reason) == ("uncertain", "deadline")
    assert gateway.requests == []


def test_a_key_that_cannot_be_decrypted_is_told_once(gateway, processing, poll):
    task = processing()
    ApiKey.objects.update(secret="not-ours")
    poll(task)
    assert (poll(task).reason, words(task)) == ("key", ["key-unreadable"])


@pytest.mark.parametrize("ends", ["refused", "unreadable"])
def test_a_night_without_a_key_counts_against_no_deadline(
    gateway, processing, poll, team_key, clock, ends
):
    task = processing()
    if ends == "refused":
        gateway.reply = Reply(401)
    else:
        ApiKey.objects.update(secret="not-ours")
    for _ in range(10):
        clock.shift(timedelta(hours=1))
        Task.objects.update(next_poll_at=timezone.now())
        poll(task)
        assert (task.state, task.reason) == ("processing", "key")
    assert [found for found in broken() if found.task_id == task.pk] == []
    ApiKey.objects.update(secret=team_key.secret)
    gateway.reply = Reply.json(DONE)
    assert poll(task).state == "archiving"


def test_a_key_that_was_refused_too_late_is_waited_for_as_well(gateway, processing, poll, clock):
    gateway.reply = Reply(401)
    task = processing()
    Task.objects.update(deadline_at=timezone.now() - timedelta(seconds=1))
    poll(task)
    assert (task.state, task.reason) == ("processing", "key")
    assert task.deadline_at > task.next_poll_at - timedelta(seconds=1)
