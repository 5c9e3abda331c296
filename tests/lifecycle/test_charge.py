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

from generation.lifecycle import actions, archive, archive_results, create_request, external_marks
from generation.lifecycle.enqueue import Input
from generation.models import ApiKey, Output
from generation.money import rebuild
from generation.money.days import today
from generation.monitoring.invariants import broken
from tests.factories import make_output
from tests.forms.helpers import images_of
from tests.lifecycle.charge_steps import STEPS
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
        assert rebuild.differences(today()) == [], path
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
COSTS_NOTHING = re.compile(r"costs? nothing", re.I)
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
