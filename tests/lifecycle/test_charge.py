"""What a task has cost is known or said to be not known, on every way that its life can take.

The gateway of this module remembers what it has done and told, which is what the task is
measured by. Every step is taken from every state that differs in anything that could matter.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from generation.lifecycle import (
    actions,
    archive,
    archive_results,
    create_request,
    external_marks,
    trash,
)
from generation.lifecycle.enqueue import Input
from generation.models import ApiKey, Output, Reason
from generation.money import rebuild
from generation.money.days import today
from generation.monitoring.invariants import broken
from tests.factories import make_output
from tests.forms.helpers import images_of
from tests.lifecycle.charge_steps import ENDED, OTHERWISE, STEPS
from tests.lifecycle.charge_world import State, Truth, World


@pytest.fixture
def world(db, monkeypatch, alice, team_key, submitted, at_once):
    """A queued task whose gateway, storage and archive are in this process."""
    task = submitted(images=[Input(image=images_of(alice, 1)[0])])
    world = World(task, alice)
    monkeypatch.setattr(create_request, "kept_client", world.client)
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
        archive_results.settle(world.task)

    monkeypatch.setattr(archive, "_fetch", fetch)
    monkeypatch.setattr(archive, "_store", lambda *_: {})
    monkeypatch.setattr(archive_results, "stored", commit)
    return world


@pytest.fixture
def over_budget(submitted, alice):
    """Submits another task, which waits for an admin."""

    def submit():
        alice.monthly_budget = Decimal(0)
        alice.save(update_fields=["monthly_budget"])
        return submitted(images=[Input(image=images_of(alice, 1)[0])], asks=True)

    return submit


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
            if not _may_happen(name, task):
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
        assert rebuild.differences(today()) == [], path
        self._note(task)
        if self._is_new(task, truth):
            self.check(task, path)
            # Once it is sent, one that was held lives on like any other that may be charged.
            if not task.was_held or task.state == State.QUEUED:
                self.on(truth, path)

    def begin(self, truth):
        self._note(self.world.task)
        if self._is_new(self.world.task, truth):
            self.check(self.world.task, ())
            self.on(truth)

    def _note(self, task):
        known = "settled" if task.settled is not None else ""
        end = (task.state, task.reason, "held" if task.was_held else known)
        self.ends.setdefault(end, set()).add(task.charge)

    def _is_new(self, task, truth):
        """Whether it differs from all before in anything that could matter."""
        what = (
            task.state,
            task.reason,
            truth,
            task.sent_at is None,
            task.remote_id,
            (task.is_held, task.was_held),
            task.is_held and task.sent_at != task.held_since,
            _has_key(),
        )
        is_new = what not in self.seen
        self.seen.add(what)
        return is_new


OF_HELD = {"released", "found_there"}
OF_OVER_BUDGET = {"released_over_budget", "declined", "not_sent_over_budget"}
WHILE_WAITING = {"canceled", "held_after_a_restore"}
"""What can also happen to a task that waits for an admin; one is held only once."""


def _may_happen(name, task):
    """Of what can happen to a task in its state, by whether it waits for an admin there."""
    if task.is_held:
        return name in OF_HELD | {"canceled"}
    if task.is_over_budget:
        return name in OF_OVER_BUDGET | WHILE_WAITING
    if task.settled is not None:
        return name == "nothing_changes_what_has_ended"
    return name not in OF_HELD | OF_OVER_BUDGET


def _has_key(task=None):
    keys = ApiKey.objects.filter(active=True).exclude(secret="gAAAAA-not-ours")
    return keys.filter(pk=task.key_id).exists() if task else keys.exists()


def text_of(response):
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


NOT_CHARGED = re.compile(r"not charged|charged nothing|nothing (is|was) charged", re.I)
NOT_KNOWN = re.compile(r"not known", re.I)
COSTS_NOTHING = re.compile(r"costs? nothing", re.I)
CHARGED = re.compile(r"charged \$|\$\d[\d.]* charged", re.I)


def test_every_way_through_a_life_ends_with_the_truth_about_its_money(
    world, over_budget, client_for, alice, admin, settings
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
            said = " ".join(pages.values())
            free = NOT_CHARGED.search(said) or (
                # Of one that is uncertain: to look for it costs nothing.
                task.state != "uncertain" and COSTS_NOTHING.search(said)
            )
            assert not free or task.charge == 0, (path, said)
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
    walk.begin(Truth())
    # Out of the queue and the gallery: what they say is of the one that waits.
    assert actions.cancel(world.task, alice)
    assert trash.move([world.pk])
    world.pk = over_budget().pk
    walk.begin(Truth())
    assert {reason for _, reason, _ in walk.ends} == {"", *Reason}
    zero, some = Decimal(0), Decimal("0.2")
    held = {end[:2]: charges for end, charges in walk.ends.items() if end[2] == "held"}
    for end in (("canceled", "held"), ("canceled", ""), ("failed", "refused"), ("failed", "key")):
        assert held[end] == {None}
    # Whatever was known or not, what is said afterwards counts.
    settled = {end[:2]: charges for end, charges in walk.ends.items() if end[2] == "settled"}
    assert {state for state, _ in settled} == set(ENDED)
    assert set().union(*settled.values()) == {zero, OTHERWISE}
    assert {end[:2]: charges for end, charges in walk.ends.items() if not end[2]} == {
        ("queued", ""): {zero},
        ("queued", "busy"): {zero},
        ("queued", "unreachable"): {zero},
        ("queued", "unmarked"): {zero},
        ("queued", "over-budget"): {zero},
        ("canceled", ""): {zero},
        ("canceled", "busy"): {zero},
        ("canceled", "unreachable"): {zero},
        ("canceled", "unmarked"): {zero},
        ("canceled", "over-budget"): {zero},
        ("canceled", "declined"): {zero},
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
        ("archiving", "at-risk"): {None, zero, some},
        ("completed", ""): {None, zero, some},
        ("lost", "expired"): {None, zero, some},
    }
