"""What a kept second costs, by every dimension, beside figures that were worked out by hand."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from generation.gallery.downloads import note
from generation.gallery.remarks import like
from generation.gallery.reviewing import review
from generation.lifecycle.enqueue import SubjectInput
from generation.models import NO_KEY, Collection, Output, Task, TaskSubject
from generation.models.kept import is_kept
from generation.money import collected, ledger, rebuild, reports
from generation.money.days import Days
from generation.money.reports import Scope
from generation.money.rollup import kind_of
from tests.factories import make_output, make_task

REFERENCE = "viduq2_pro_fast_reference2video"
NOVEMBER = Days(datetime(2026, 11, 1, tzinfo=UTC).date(), datetime(2026, 11, 30, tzinfo=UTC).date())


@pytest.fixture
def history(submitted, end, alice, bob):
    """Alice spent 0.55 on 15 s and a failure, of which 5 s are a favourite; bob 0.40 on 8 s, approved."""
    rex = [SubjectInput("rex", "Rex", "", [])]
    named = {"model": REFERENCE, "subjects": rex, "params": {"prompt": "@rex runs"}}
    with time_machine.travel("2026-11-10T12:00:00+00:00"):
        made = [submitted(), submitted(), submitted(owner=bob, **named), submitted()]
        for task, seconds in zip(made, (5, 10, 8, None), strict=True):
            if seconds:
                make_output(task)
                Output.objects.filter(task=task).update(duration=seconds)
        for task, cost in zip(made, ("0.25", "0.10", "0.40", "0.20"), strict=True):
            state = "failed" if cost == "0.20" else "completed"
            end(task, state, cost=Decimal(cost))
    like(made[0], bob, True)
    review(made[2], alice, "approved")
    review(made[1], alice, "rejected")
    return made


def page(client, **given):
    url = reverse("usage")
    answer = client.get(url, {"since": "2026-11-01", "until": "2026-11-30"} | given)
    assert answer.status_code == 200
    return answer


def per_second(answer):
    table = answer.context["table"]
    at = table.columns.index("A kept second")
    return {line.label: line.places[at].text for line in table.lines}, table.foot[at]


def test_the_page_says_what_was_worked_out_by_hand(client_for, admin, alice, bob, history):
    client = client_for(admin)
    answer = page(client, by="member")
    # 0.95 for 13 s; 0.55 for 5 s; 0.40 for 8 s.
    assert per_second(answer) == ({"alice": "$0.11", "bob": "$0.05"}, "$0.07")
    top = next(one for one in answer.context["sums"] if one.title == "Cost of a kept second")
    assert (top.value, top.text) == ("$0.07", "13 of 23 finished seconds are kept")
    assert per_second(page(client, by=["member", "model"]))[0] == {"alice": "$0.11", "bob": "$0.05"}
    assert per_second(page(client, by="subject")) == ({"@rex": "$0.05"}, "$0.05")
    assert per_second(page(client, by=["member", "subject"])) == ({"bob": "$0.05"}, "$0.05")
    assert per_second(page(client, by="day")) == ({"Tue 10 Nov 2026": "$0.07"}, "$0.07")
    note({history[1].pk: history[1].created_at}, None)
    # 0.55 for 15 s.
    assert per_second(page(client, by="member"))[0]["alice"] == "$0.04"
    mine = page(client_for(alice), by="model")
    assert per_second(mine)[1] == "$0.04"


def test_collections_are_a_dimension(client_for, admin, alice, bob, history):
    nothing = page(client_for(admin), by="collection").content.decode()
    assert "Nothing of this time is in a collection that you see." in nothing
    launch = Collection.objects.create(owner=bob, title="<b>Launch", visibility="team")
    secret = Collection.objects.create(owner=bob, title="Secret")
    for position, task in enumerate(history[1:], 1):
        launch.items.create(task=task, position=position)
    secret.items.create(task=history[2], position=1)
    client = client_for(admin)
    answer = page(client, by="collection")
    # 0.70 for 18 s, of three tasks; nobody else sees the private one.
    assert per_second(answer) == ({"<b>Launch": "$0.04"}, "$0.04")
    (line,) = answer.context["table"].lines
    assert [cell.text for cell in line.places] == ["3", "$0.00", "$0.04", "$0.70"]
    assert "&lt;b&gt;Launch" in answer.content.decode()
    listed = client.get(line.url)
    assert {task.pk for task in listed.context["tasks"]} == {task.pk for task in history[1:]}
    assert "&lt;b&gt;Launch" in listed.content.decode()
    assert client.get(f"/usage/?collection={launch.pk}").url.startswith("/usage/tasks/?collection=")
    # Of each only what is in it: 0.30 for 10 s, 0.40 for 8 s.
    turned = per_second(page(client, by=["member", "collection"]))
    assert turned == ({"alice": "$0.03", "bob": "$0.05"}, "$0.04")
    crossed = page(client, by=["collection", "member"]).context["table"]
    assert [cell.text for cell in crossed.lines[0].places] == ["$0.40", "$0.30", "$0.04", "$0.70"]
    assert len(page(client_for(bob), by="collection").context["table"].lines) == 2
    (own,) = page(client_for(alice), by="collection").context["table"].lines
    assert own.all.text == "$0.30"
    own = Collection.objects.create(owner=alice, title=launch.title)
    own.items.create(task=history[0], position=1)
    lines = page(client_for(alice), by="collection").context["table"].lines
    assert [line.label for line in lines] == ["<b>Launch (bob)", "<b>Launch (alice)"]
    for wrong in (secret.pk, "x"):
        answer = client.get("/usage/tasks/", {"collection": wrong})
        assert answer.status_code == 422
        assert "There is no such collection." in answer.content.decode()


@pytest.fixture
def many(alice, bob, team_key):
    chance = random.Random(5)
    tasks = []
    for _ in range(60):
        at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(900))
        task = make_task(
            chance.choice([alice, bob]),
            chance.choice(["completed", "failed"]),
            model=chance.choice([REFERENCE, "viduq2_turbo_img2video", "viduq2_reference2image"]),
            key=chance.choice([team_key, None]),
            created_at=at,
            finished_at=at,
            sent_at=at,
            cost=chance.choice([Decimal("0.1"), Decimal("0.333333"), None]),
        )
        for position in range(chance.randrange(3)):
            make_output(task, position=position)
        task.outputs.update(duration=chance.choice([5.0, 8.0417, 3.3335]))
        for position, handle in enumerate(chance.sample(["rex", "ida"], chance.randrange(3))):
            TaskSubject.objects.create(task=task, handle=handle, position=position)
        tasks.append(task)
    # Their subjects came after their ledger.
    rebuild.rebuild(*rebuild.all_days())
    shelves = [Collection.objects.create(owner=alice, title=title) for title in "AB"]
    for number, task in enumerate(tasks):
        for mark in chance.sample(["like", "review", "A", "B", "note", ""], chance.randrange(4)):
            match mark:
                case "like":
                    like(task, bob, True)
                case "review" if task.outputs.exists():
                    review(task, bob, chance.choice(["approved", "rejected"]))
                case "A" | "B":
                    shelves["AB".index(mark)].items.create(task=task, position=number)
                case "note":
                    note({task.pk: task.created_at}, bob)


def places(task):
    """The values of each dimension; several of subjects and collections."""
    return {
        "member": [task.owner_id],
        "key": [task.key_id or NO_KEY],
        "model": [task.model],
        "kind": [kind_of(task.model)],
        "day": [task.created_at.date()],
        "subject": list(task.subjects.values_list("handle", flat=True)),
        "collection": list(task.collected.values_list("collection", flat=True)),
    }


def test_every_split_is_that_of_the_tasks(many, alice, team_key):
    tasks = {booked.task.pk: booked for booked in map(_booked, Task.objects.all())}
    visible = Collection.objects.visible_to(alice)
    narrowings = {
        "": ({}, lambda task: True),
        "member": ({"member": alice.pk}, lambda task: task.owner_id == alice.pk),
        "key": ({"key": team_key.pk}, lambda task: task.key_id == team_key.pk),
        "model": ({"model": REFERENCE}, lambda task: task.model == REFERENCE),
        "kind": ({"kind": "image"}, lambda task: kind_of(task.model) == "image"),
    }
    days, all_kept = NOVEMBER, 0
    for given, fits in narrowings.values():
        scope = Scope(days, **given)
        meant = [
            task
            for task in Task.objects.filter(created_at__lt=days.end)
            if fits(task) and task.created_at.date() >= days.since
        ]
        for by in places(meant[0]):
            right, spent = Counter(), Counter()
            for task in meant:
                for value in places(task)[by]:
                    spent[value,] += int((task.charge or 0) * 10**6)
                    if task.state == "completed" and is_kept(task):
                        right[value,] += tasks[task.pk].milliseconds
            cells = crossed(scope, [by], visible).cells
            found = {place: cell["kept"] for place, cell in cells.items()}
            assert +Counter(found) == +right, (given, by)
            assert {place: cell["charged"] for place, cell in cells.items()} == dict(spent)
            all_kept += sum(right.values())
    assert all_kept > 0


def crossed(scope, by, visible):
    if "collection" in by:
        return collected.crossed(scope, by, visible)
    return reports.crossed(scope, by)


def _booked(task):
    (found,) = ledger.read(task.pk)
    return found


def test_it_costs_as_many_questions_for_many(many, alice, django_assert_num_queries):
    visible = Collection.objects.visible_to(alice)
    for by in (["member"], ["day"], ["subject"], ["collection", "member"]):
        with django_assert_num_queries(1):
            crossed(Scope(NOVEMBER), by, visible)
