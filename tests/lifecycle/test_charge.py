"""What a task has cost is known or said to be not known, on every way that its life can take.

The gateway of this module remembers what it has done and told, which is what the task is
measured by. Every step is taken from every state that differs in anything that could matter.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from generation.gateway.client import GatewayClient
from generation.gateway.failures import GatewayFailure
from generation.lifecycle import (
    actions,
    archive,
    callbacks,
    dispatch,
    dispatch_results,
    external_marks,
    hold,
    polling,
    reconcile,
)
from generation.lifecycle.enqueue import Input
from generation.media.download import DownloadFailed
from generation.models import ApiKey, Image, Output, Task
from generation.monitoring.invariants import broken
from tests.factories import make_output
from tests.forms.helpers import images_of
from tests.lifecycle.conftest import run_job

State = Task.State
FILE = [{"content": [{"type": "image", "url": "https://cdn.example/1.png"}]}]
ERROR = {"code": "1", "message": "no"}


def said(status, **more):
    return 200, {"id": "remote-1", "status": status, **more}


@dataclass(frozen=True)
class Truth:
    """What happened at the gateway: the cost it told, and whether it may have a task of ours."""

    told: Decimal | None = None
    there: bool = False

    @property
    def charge(self):
        if self.told is not None:
            return self.told
        return None if self.there else Decimal(0)

    def after(self, reply):
        """What a task that may be there, and of which this is said, is known to have cost."""
        status, body = reply
        over = status == 200 and body.get("status") in ("completed", "failed")
        cost = body.get("usage", {}).get("cost") if over else None
        told = self.told if cost in (None, "") else Decimal(cost)
        return Truth(told, True)


class World:
    """One task, the gateway it is sent to, and all that can happen to it."""

    def __init__(self, task, user):
        self.pk, self.user, self.answer = task.pk, user, None

    @property
    def task(self):
        return Task.objects.select_related("key").get(pk=self.pk)

    def client(self):
        return GatewayClient("http://gateway/v1", transport=httpx.MockTransport(self._answer))

    def _answer(self, request):
        if isinstance(self.answer, Exception):
            raise self.answer
        status, body = self.answer
        return httpx.Response(status, json=body)

    def claim(self):
        Task.objects.filter(pk=self.pk).update(next_attempt_at=timezone.now())
        return dispatch._claim()

    def send(self, answer):
        self.answer = answer
        run_job(dispatch._dispatch(self.claim()))

    def look(self, answer):
        self.answer = answer
        with self.client() as client:
            try:
                reply = client.fetch("remote-1", "sandbox-test-key-0000")
            except GatewayFailure as failure:
                reply = failure
        polling.apply(self.task, reply)

    def deadline(self):
        Task.objects.filter(pk=self.pk).update(deadline_at=timezone.now() - timedelta(seconds=1))

    def save(self):
        Output.objects.update(next_attempt_at=timezone.now())
        run_job(archive._archive(archive._claim()))


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


def looking(name, answer, times=1):
    def run(world, truth):
        for _ in range(times):
            world.look(answer)
        return truth.after(answer)

    STEPS[f"look: {name}"] = ((State.PROCESSING,), run)


def is_there(truth):
    return replace(truth, there=True)


def unchanged(truth):
    return truth


COSTS = {"a cost": {"cost": "0.2"}, "no cost": {"cost": 0}, "an empty cost": {"cost": ""}}
ENDS = {
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
for name, more in ENDS.items():
    answer = said("failed", **more)
    sending(name, answer, lambda truth, answer=answer: truth.after(answer))
    looking(name, answer)
for name, more in DONE.items():
    looking(name, said("completed", **more))
for name, usage in COSTS.items():
    looking(f"no file, with {name}", said("completed", usage=usage), times=5)
looking("still running, with a cost", said("in_progress", usage={"cost": "9"}))
looking("still running, with no cost", said("in_progress", progress=0.5, usage={"cost": 0}))
looking("unknown to the gateway", (404, {}), times=3)
looking("key refused", (401, {}))
looking("nothing to read", (502, {}))


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
def released(world, truth):
    hold.release(world.user, world.pk)


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
    world.look(said("in_progress"))


@step(State.PROCESSING)
def late_and_unreachable(world, truth):
    world.deadline()
    world.look((502, {}))


@step(State.PROCESSING)
def late_without_a_key(world, truth):
    ApiKey.objects.all().delete()
    world.deadline()
    polling.apply_no_key(world.task)


@step(State.ARCHIVING)
def saved(world, truth):
    world.save()


def _dies(world):
    archive._fetch.failure = DownloadFailed("gone", gone=True)
    try:
        for _ in range(archive.GONE_ALLOWED):
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


@step(State.COMPLETED, State.FAILED, State.LOST, State.CANCELED)
def nothing_changes_what_has_ended(world, truth):
    """Answers that come late, and people who are late."""
    before = world.task
    world.answer = said("failed", usage={"cost": "7"})
    for reply in (said("failed", usage={"cost": "7"}), said("completed", output=FILE), (404, {})):
        polling.apply(before, _reply(world, reply))
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


@pytest.fixture
def world(db, monkeypatch, alice, team_key, submitted, at_once):
    """A queued task whose gateway, storage and archive are in this process."""
    task = submitted(images=[Input(image=images_of(alice, 1)[0])])
    world = World(task, alice)
    monkeypatch.setattr(dispatch, "kept_client", world.client)
    for module in (actions, archive):
        monkeypatch.setattr(module, "open_client", world.client)

    def fetch(output, part):
        if fetch.failure:
            raise fetch.failure
        return output

    fetch.failure = None

    def commit(output, facts, names):
        Output.objects.filter(pk=output.pk).delete()
        make_output(world.task)
        archive.settle(world.task)

    monkeypatch.setattr(archive, "_fetch", fetch)
    monkeypatch.setattr(archive, "_store", lambda *_: {})
    monkeypatch.setattr(archive, "_commit", commit)
    return world


@dataclass
class Walk:
    """Takes every step from every state that is new, and checks what comes of it."""

    world: World
    check: Callable
    seen: set
    ends: dict

    def on(self, truth, path=()):
        task = self.world.task
        for name, (states, run) in STEPS.items():
            if task.state not in states or (name == "sent_again" and not _has_key()):
                continue
            if task.is_held and name not in ("released", "canceled"):
                continue
            if name == "released" and not task.is_held:
                continue
            if name in ("found_by_a_person", "found_by_a_callback") and not _has_key(task):
                continue
            # Outside the database something tells how far it has come.
            mark = settings.DATA_DIR / external_marks.NAME
            told = mark.read_bytes() if mark.exists() else b""
            with transaction.atomic():
                self._take(name, run, truth, (*path, name))
                transaction.set_rollback(True)
            if told:
                mark.write_bytes(told)
            else:
                mark.unlink(missing_ok=True)

    def _take(self, name, run, truth, path):
        truth = run(self.world, truth) or truth
        task = self.world.task
        assert task.charge == truth.charge, (path, task.state, task.reason)
        end = (task.state, task.reason, "held" if task.was_held else "")
        self.ends.setdefault(end, set()).add(task.charge)
        held = task.is_held, task.was_held
        new = (
            task.state,
            task.reason,
            truth,
            task.sent_at is None,
            task.remote_id,
            held,
            _has_key(),
        )
        if new not in self.seen:
            self.seen.add(new)
            self.check(task, path)
            # Once it is sent, one that was held lives on like any other that may be charged.
            if not task.was_held or task.state == State.QUEUED:
                self.on(truth, path)


def _has_key(task=None):
    keys = ApiKey.objects.filter(active=True).exclude(secret="gAAAAA-not-ours")
    return keys.filter(pk=task.key_id).exists() if task else keys.exists()


def text_of(response):
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


NOT_CHARGED = re.compile(r"not charged|charged nothing|nothing (is|was) charged", re.I)
NOT_KNOWN = re.compile(r"not known", re.I)
CHARGED = re.compile(r"charged \$|\$\d[\d.]* charged", re.I)


def test_every_way_through_a_life_ends_with_the_truth_about_its_money(
    world, client_for, alice, admin, settings
):
    settings.SANDBOX = False
    member, chief = client_for(alice), client_for(admin)
    places = {
        "task": lambda task: member.get(task.get_absolute_url()),
        "gallery": lambda task: member.get(reverse("tasks")),
    }

    looked_at = set()

    def check(task, path):
        assert broken(everything=True) == [], path
        if (shown := (task.state, task.reason, task.charge)) in looked_at:
            return
        looked_at.add(shown)
        pages = {name: text_of(get(task)) for name, get in places.items()}
        if task.state == "uncertain":
            pages["engine"] = text_of(chief.get(reverse("engine")))
        if task.is_running:
            free = any(NOT_CHARGED.search(page) for page in pages.values())
            assert not free or task.charge == 0, path
            return
        for name, page in pages.items():
            where = (path, name, page)
            shown_by_price = name == "gallery" and task.state == "completed"
            assert bool(NOT_KNOWN.search(page)) is (task.charge is None), where
            assert bool(NOT_CHARGED.search(page)) is (task.charge == 0 and not shown_by_price), (
                where
            )
            if task.charged and not shown_by_price:
                assert CHARGED.search(page), where

    walk = Walk(world, check, set(), {})
    walk.on(Truth())
    zero, some = Decimal(0), Decimal("0.2")
    held = {end[:2]: charges for end, charges in walk.ends.items() if end[2]}
    for end in (("canceled", "held"), ("canceled", ""), ("failed", "refused"), ("failed", "key")):
        assert held[end] == {None}
    assert {end[:2]: charges for end, charges in walk.ends.items() if not end[2]} == {
        ("queued", ""): {zero},
        ("queued", "busy"): {zero},
        ("queued", "unreachable"): {zero},
        ("canceled", ""): {zero},
        ("canceled", "busy"): {zero},
        ("canceled", "unreachable"): {zero},
        ("failed", "refused"): {zero},
        ("failed", "key"): {zero},
        ("failed", "input"): {zero},
        ("failed", "generation"): {None, zero, some},
        ("failed", "gave-up"): {None, zero, some},
        ("failed", "sent-again"): {None, zero, some},
        ("processing", ""): {None, zero, some},
        ("processing", "key"): {None, zero, some},
        ("uncertain", "no-answer"): {None},
        ("uncertain", "no-file"): {None, zero, some},
        ("uncertain", "not-found"): {None, zero, some},
        ("uncertain", "deadline"): {None, zero, some},
        ("archiving", ""): {None, zero, some},
        ("completed", ""): {None, zero, some},
        ("lost", "expired"): {None, zero, some},
    }
