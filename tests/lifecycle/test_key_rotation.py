"""A key gets another secret while tasks made with the old one are under way."""

import pytest
from django.utils import timezone

from generation.lifecycle import dispatch, key_rotation
from generation.lifecycle.key_rotation import in_service, rotate, wipe_retired
from generation.lifecycle.reconcile import reconcile
from generation.models import RetiredSecret, RetiredSecretUse, Task
from tests.lifecycle.conftest import run_job, words
from tests.support.gateways.scripted import Reply

OLD, NEW, NEWEST = "sandbox-test-key-0000", "vda_new_secret_1111", "vda_newest_secret_2222"


class Strict:
    """A gateway that knows a task only by the secret it was made with, and counts who asks."""

    def __init__(self, *accepted):
        self.accepted, self.status = set(accepted), "in_progress"
        self.made_with, self.asked = {}, []

    def __call__(self, request):
        secret = request.headers["authorization"].removeprefix("Bearer ")
        if secret not in self.accepted:
            return Reply(401)
        if request.method == "POST":
            remote_id = f"remote-{len(self.made_with)}"
            self.made_with[remote_id] = secret
        else:
            remote_id = request.path.rsplit("/", 1)[1]
            self.asked.append((remote_id, secret))
            if self.made_with[remote_id] != secret:
                return Reply(404)
        return Reply.json({"id": remote_id, "status": self.status})


@pytest.fixture
def strict(gateway):
    gateway.reply = Strict(OLD, NEW, NEWEST)
    return gateway.reply


def test_what_is_under_way_ends_with_the_old_secret_which_is_then_wiped(
    strict, sent, poll, team_key, woken
):
    first = sent()
    assert rotate(team_key, NEW) == 1
    second = sent()
    assert strict.made_with == {"remote-0": OLD, "remote-1": NEW}
    assert rotate(team_key, NEWEST) == 1
    third = sent()
    for task in (first, second, third):
        assert poll(task).misses == 0
    assert set(strict.asked) == {("remote-0", OLD), ("remote-1", NEW), ("remote-2", NEWEST)}
    assert wipe_retired() == 0

    Task.objects.filter(pk__in=[first.pk, third.pk]).update(state="completed")
    reconcile()
    team_key.refresh_from_db()
    assert [one.reveal() for one in RetiredSecret.objects.all()] == [NEW]
    assert team_key.has_retired_secret
    Task.objects.update(state="failed")
    assert wipe_retired() == 1
    team_key.refresh_from_db()
    assert (team_key.has_retired_secret, team_key.reveal()) == (False, NEWEST)
    assert not RetiredSecretUse.objects.exists()


def test_a_retired_secret_tells_how_many_tasks_it_serves(strict, sent, team_key, woken):
    for _ in range(3):
        sent()
    rotate(team_key, NEW)
    assert in_service(team_key) == [(RetiredSecret.objects.get(), 3)]


def test_the_secret_that_it_has_already_changes_nothing(strict, sent, team_key, woken):
    task = sent()
    assert rotate(team_key, NEW) == 1
    # Two presses at once: the second one has still seen the old secret.
    assert rotate(team_key, NEW) is None
    assert [one.reveal() for one in RetiredSecret.objects.all()] == [OLD]
    assert RetiredSecretUse.objects.get().task == task


def test_an_old_secret_that_is_revoked_hands_over_to_the_new_one(
    strict, sent, poll, team_key, woken
):
    task = sent()
    rotate(team_key, NEW)
    strict.accepted = {NEW}
    strict.made_with["remote-0"] = NEW  # one account: it knows the task by both
    task = poll(task)
    assert task.next_poll_at <= timezone.now()
    task = poll(task)
    team_key.refresh_from_db()
    assert (task.state, task.reason, task.misses, team_key.paused_at) == ("processing", "", 0, None)
    assert strict.asked[-1] == ("remote-0", NEW)
    assert words(task).count("key-refused") == 1


def test_a_claimed_task_keeps_to_one_secret_and_takes_the_new_one_at_its_next_try(
    gateway, strict, submitted, team_key, clock, woken
):
    task = submitted()
    claimed = dispatch._claim()
    assert rotate(team_key, NEW) == 1
    gateway.reply = lambda request: (
        strict.asked.append(request.headers["authorization"]) or Reply(429)
    )
    run_job(dispatch._dispatch(claimed))
    assert strict.asked == [f"Bearer {OLD}"]
    gateway.reply = strict
    clock.shift(60)
    dispatch.dispatch_due()
    task.refresh_from_db()
    assert (task.state, strict.made_with) == ("processing", {"remote-0": NEW})


def test_who_dies_in_between_has_changed_nothing(strict, sent, poll, team_key, monkeypatch, woken):
    task = sent()

    def die(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(key_rotation, "go_on", die)
    with pytest.raises(KeyboardInterrupt):
        rotate(team_key, NEW)
    team_key.refresh_from_db()
    assert (team_key.reveal(), RetiredSecret.objects.count()) == (OLD, 0)
    assert poll(task).state == "processing"


def test_a_secret_that_nobody_can_read_is_replaced_all_the_same(
    strict, processing, team_key, poll, woken
):
    task = processing(remote_id="remote-0")
    strict.made_with["remote-0"] = NEW
    type(team_key).objects.update(secret="not-ours")
    assert rotate(team_key, NEW) == 0
    assert poll(task).misses == 0
    team_key.refresh_from_db()
    assert team_key.reveal() == NEW


@pytest.mark.parametrize(
    ("status", "message", "paused"),
    [
        (401, "no", True),
        (403, "no balance", True),
        (403, "model not allowed", False),
        (402, "no", False),
    ],
)
def test_a_refused_create_pauses_the_key_until_a_test_finds_it_good(
    gateway, sent, submitted, team_key, client_for, alice, admin, woken, status, message, paused
):
    gateway.reply = Reply.json({"error": {"message": message}}, status)
    assert sent().state == "failed"
    team_key.refresh_from_db()
    assert (team_key.paused_at is not None, bool(team_key.last_error)) == (paused, True)
    assert team_key.failing_since
    gateway.reply = Reply.json({"id": "remote-1", "status": "in_progress"})
    waiting = sent(params={"prompt": "Another"})
    assert waiting.state == ("queued" if paused else "processing")

    ada, mine = client_for(admin), client_for(alice)
    page = ada.get("/usage/").content.decode()
    assert ("Test and go on" in page) is paused
    assert "Test and go on" not in mine.get("/usage/").content.decode()
    assert ("the gateway refuses the key" in mine.get("/").content.decode()) is paused
    gateway.reply = Reply(404)
    if paused:
        ada.post(f"/keys/{team_key.pk}/test/")
        assert "Test and go on" not in ada.get("/usage/").content.decode()
        gateway.reply = Reply.json({"id": "remote-2", "status": "in_progress"})
        assert sent(waiting).state == "processing"
