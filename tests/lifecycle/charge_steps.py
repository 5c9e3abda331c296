"""All that can happen to a task, each from every state in which it can."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch
from uuid import uuid4

import httpx
from django.utils import timezone

from generation.gateway.failures import GatewayFailure
from generation.lifecycle import (
    actions,
    archive,
    archive_results,
    callbacks,
    dispatch,
    dispatch_results,
    external_marks,
    held,
    hold,
    over_budget,
    polling,
    reconcile,
    settling,
)
from generation.lifecycle.transitions import ENDED
from generation.media.download import DownloadFailed
from generation.models import ApiKey, Bill, BillRow, Image, Task
from tests.lifecycle.charge_world import ERROR, FILE, State, said

STEPS = {}


def step(*states):
    """A step from these states; it gives the truth after it, which is the one before by default."""

    def note(function):
        STEPS[function.__name__] = (states, function)
        return function

    return note


def sending(name, answer, change):
    def run(world, truth):
        world.send(answer)
        return change(truth)

    STEPS[f"send: {name}"] = ((State.QUEUED,), run)


def polled(name, answer, times=1):
    def run(world, truth):
        for _ in range(times):
            world.poll(answer)
        return truth.after(answer)

    STEPS[f"poll: {name}"] = ((State.PROCESSING,), run)


def is_there(truth):
    return replace(truth, there=True)


def unchanged(truth):
    return truth


COSTS = {"a cost": {"cost": "0.2"}, "no cost": {"cost": 0}, "an empty cost": {"cost": ""}}
FAILED = {
    **{f"failed with {name}": {"usage": usage, "error": ERROR} for name, usage in COSTS.items()},
    "failed without usage": {"error": {"code": "110001", "message": "sensitive information"}},
}

DONE = {
    **{f"done with {name}": {"usage": usage, "output": FILE} for name, usage in COSTS.items()},
    "done without usage": {"output": FILE},
}

for status in (400, 401, 402, 403, 404, 409, 413, 422):
    sending(f"HTTP {status}", (status, {"error": ERROR}), unchanged)
sending("an error in a 200", (200, {"error": ERROR}), unchanged)
sending("busy", (429, {}), unchanged)
sending("not reached", httpx.ConnectError("no"), unchanged)
sending("cut off", httpx.ReadError("gone"), is_there)
sending("no id", (200, {}), is_there)
for status in (408, 500, 503):
    sending(f"HTTP {status}", (status, {}), is_there)
sending("accepted", said("in_progress", usage={"cost": "0"}), is_there)
for name, more in FAILED.items():
    answer = said("failed", **more)
    sending(name, answer, lambda truth, answer=answer: truth.after(answer))
    polled(name, answer)
for name, more in DONE.items():
    polled(name, said("completed", **more))
for name, usage in COSTS.items():
    polled(f"no file, with {name}", said("completed", usage=usage), times=5)
polled("still running, with a cost", said("in_progress", usage={"cost": "9"}))
polled("still running, with no cost", said("in_progress", progress=0.5, usage={"cost": 0}))
polled("unknown to the gateway", (404, {}), times=3)
polled("key refused", (401, {}))
polled("nothing to read", (502, {}))


@step(State.QUEUED)
def key_gone(world, truth):
    ApiKey.objects.all().delete()
    world.send(None)


@step(State.QUEUED)
def key_switched_off(world, truth):
    ApiKey.objects.update(active=False)
    world.send(None)


@step(State.QUEUED)
def key_unreadable(world, truth):
    ApiKey.objects.update(secret="gAAAAA-not-ours")
    world.send(None)


@step(State.QUEUED)
def input_missing(world, truth):
    Image.objects.update(file="nowhere.jpg")
    world.send(None)


@step(State.QUEUED)
def held_after_a_restore(world, truth):
    """What the lost part of the database had sent is not known, whatever comes after."""
    hold.hold(hold.ASKED)
    return is_there(truth)


@step(State.QUEUED)
def held_while_it_is_sent(world, truth):
    """Of the restored copy's own: the request was under way when the copy was made."""
    assert dispatch._mark_sent(world.claim())
    Task.objects.update(sent_at=timezone.now() - timedelta(seconds=1))
    hold.hold(hold.ASKED)
    return is_there(truth)


@step(State.QUEUED)
def released(world, truth):
    held.release(world.user, world.pk)


@step(State.QUEUED)
def found_there(world, truth):
    assert held.found_there(world.user, world.pk)


@step(State.QUEUED)
def released_over_budget(world, truth):
    assert over_budget.release(world.user, world.task.submission) == 1


@step(State.QUEUED)
def declined(world, truth):
    assert over_budget.decline(world.user, world.task.submission, "Not now.") == 1


@step(State.QUEUED)
def not_sent_over_budget(world, truth):
    assert dispatch._claim() is None


@step(State.QUEUED)
def not_noted(world, truth):
    """The marks can neither be read nor written: before the request is made ready, or just before it leaves."""
    hold.before_sending()
    for unable in ("read", "move_up"):
        with patch.object(external_marks, unable, side_effect=OSError("full")):
            world.send(said("completed", usage={"cost": "9"}))
        assert world.task.state == State.QUEUED


@step(State.QUEUED)
def sender_dies_before_sending(world, truth):
    world.claim()
    Task.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    reconcile.recover_claims()


@step(State.QUEUED)
def sender_dies_while_sending(world, truth):
    task = world.claim()
    assert dispatch._mark_sent(task)
    Task.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    reconcile.recover_claims()
    return is_there(truth)


@step(State.PROCESSING)
def late(world, truth):
    world.deadline()
    world.poll(said("in_progress"))


@step(State.PROCESSING)
def late_and_unreachable(world, truth):
    world.deadline()
    world.poll((502, {}))


@step(State.PROCESSING)
def late_without_a_key(world, truth):
    ApiKey.objects.all().delete()
    world.deadline()
    polling.apply_no_key(world.task)


@step(State.ARCHIVING)
def saved(world, truth):
    world.save()


@step(State.ARCHIVING)
def not_saved_yet(world, truth):
    world.answer = said("completed", output=FILE)
    archive._fetch.failure = DownloadFailed("slow")
    try:
        world.save()
    finally:
        archive._fetch.failure = None


def _dies(world):
    archive._fetch.failure = DownloadFailed("gone", gone=True)
    try:
        for _ in range(archive_results.GONE_ALLOWED):
            world.save()
    finally:
        archive._fetch.failure = None


@step(State.ARCHIVING)
def address_dies(world, truth):
    world.answer = (404, {})
    _dies(world)


@step(State.ARCHIVING)
def address_dies_and_the_cost_is_told(world, truth):
    world.answer = said("completed", usage={"cost": "0.2"})
    _dies(world)
    return truth.after(world.answer)


@step(State.UNCERTAIN)
def given_up(world, truth):
    assert actions.give_up(world.task, world.user)


@step(State.UNCERTAIN)
def sent_again(world, truth):
    actions.send_again(world.task, world.user)


@step(State.UNCERTAIN)
def found_by_a_person(world, truth):
    world.answer = said("in_progress")
    actions.resolve(world.task, world.user, "remote-1")


@step(State.UNCERTAIN)
def found_by_a_callback(world, truth):
    world.answer = said("completed", output=FILE, usage={"cost": "0.2"})
    callbacks.settle(world.pk, ["remote-1"])


@step(*State)
def canceled(world, truth):
    actions.cancel(world.task, world.user)


OTHERWISE = Decimal("0.3")
"""USD; no answer of the gateway names it."""


@step(*ENDED)
def settled_by_a_person(world, truth):
    settling.settle(world.task, world.user, OTHERWISE, "As the provider says.")
    return replace(truth, told=OTHERWISE)


@step(*ENDED)
def settled_by_the_bill(world, truth):
    task, usd = world.task, 1_000_000
    if not task.remote_id:
        return truth
    bill = Bill.objects.create(name="bill.csv", sha256=uuid4().hex, uploaded_by=world.user)
    amount = int(OTHERWISE * usd)
    line = {"line": 1, "remote_id": task.remote_id, "amount": amount, "net": amount, "count": 1}
    row = BillRow.objects.create(bill=bill, task=task, **line)
    assert settling.settle_by_bill(row, world.user, "The bill.") is (task.charge != OTHERWISE)
    return replace(truth, told=OTHERWISE)


@step(*ENDED)
def missing_in_the_bill(world, truth):
    changes = world.task.charge != 0
    assert settling.settle_missing(world.task, world.user, "Not billed.") is changes
    return replace(truth, told=Decimal(0)) if changes else truth


@step(*ENDED)
def nothing_changes_what_has_ended(world, truth):
    """Answers that come late, and people who are late."""
    before = world.task
    world.answer = said("failed", usage={"cost": "7"})
    for reply in (said("failed", usage={"cost": "7"}), said("completed", output=FILE), (404, {})):
        polling.apply(before, _reply(world, reply), timezone.now())
    callbacks.hear(before, b'{"id": "remote-1", "usage": {"cost": "7"}}')
    callbacks.settle(world.pk, ["remote-1"])
    dispatch_results.accept(before, _reply(world, said("failed", usage={"cost": "7"})))
    dispatch_results.uncertain(before, "late", None)
    assert not actions.give_up(before, world.user)
    after = world.task
    assert (after.state, after.reason, after.cost) == (before.state, before.reason, before.cost)


def _reply(world, answer):
    world.answer = answer
    with world.client() as client:
        try:
            return client.fetch("remote-1", "sandbox-test-key-0000")
        except GatewayFailure as failure:
            return failure
