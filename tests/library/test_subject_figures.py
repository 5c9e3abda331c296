"""Uses and costs are counted as they happen, for whoever may see the tasks."""

from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps

from generation.library import subjects as library
from generation.library.subject_figures import figures, figures_by_version
from generation.library.subject_list import Wanted, page
from generation.library.subject_results import prompts, results
from generation.lifecycle.settling import settle
from generation.lifecycle.subject_uses import recount
from generation.lifecycle.transitions import Happened, change
from generation.models import EventKind, Subject, SubjectUse, Task, TaskSubject
from tests.factories import make_subject

MODEL = "viduq2_pro_fast_reference2video"
State = Task.State


def make(client, prompt="@rex runs", **fields):
    data = {"model": MODEL, "prompt": prompt, "subjects": "rex", "anyway": "1"} | fields
    assert client.post("/tasks/", data).status_code == 303
    return Task.objects.latest("created_at")


def end(task, state=State.COMPLETED, **fields):
    happened = Happened(EventKind.COMPLETED, "x")
    assert change(task.pk, State.QUEUED, to=state, happened=happened, **fields)


@pytest.fixture
def rex(alice):
    made = make_subject(alice, "rex")
    library.version_of(made)
    return made


def test_counted_when_made_and_when_ended(client_for, alice, bob, team_key, rex):
    end(make(client_for(alice)), cost=Decimal("0.32"))
    end(make(client_for(bob)), State.FAILED)
    make(client_for(bob), variations="2")
    mine = figures(alice, [rex])[rex.pk]
    assert (mine.tasks, mine.completed, mine.failed, mine.spent) == (4, 1, 1, Decimal("0.32"))
    assert (mine.success, mine.each) == (50, Decimal("0.32"))
    assert set(figures_by_version(alice, rex)) == {1}


def test_what_was_settled_is_what_it_cost(client_for, alice, admin, team_key, rex):
    task, free = make(client_for(alice)), make(client_for(alice))
    end(task, cost=Decimal("0.32"))
    end(free, State.FAILED, sent_at=free.created_at)
    settle(free, admin, Decimal("0.10"), "The bill says so.")
    settle(task, admin, Decimal("0.30"), "The bill says so.")
    settle(task, admin, Decimal("0.20"), "A refund.")
    before = SubjectUse.objects.get().spent
    assert before == Decimal("0.30")
    SubjectUse.objects.update(spent=Decimal("0.32"))
    import_module("generation.migrations.0062_settled_of_subjects").add_settled(apps, None)
    assert SubjectUse.objects.get().spent == before
    recount()
    assert figures(alice, [rex])[rex.pk].spent == before


def test_private_tasks_of_others_are_not_in_the_figures(client_for, alice, bob, team_key, rex):
    make(client_for(bob), visibility="private")
    assert figures(alice, [rex]) == {}
    assert figures(bob, [rex])[rex.pk].tasks == 1
    assert results(alice, rex).tasks == prompts(alice, rex) == []


def test_each_version_has_its_own(client_for, alice, team_key, rex):
    make(client_for(alice))
    content = library.content_of(library.version_of(rex))
    from dataclasses import replace

    library.save(rex, replace(content, title="King"), alice)
    task = make(client_for(alice))
    assert {n: f.tasks for n, f in figures_by_version(alice, rex).items()} == {1: 1, 2: 1}
    given = TaskSubject.objects.get(task=task)
    assert (given.version.number, given.title) == (2, "King")
    assert [t.pk for t in results(alice, rex, number=2).tasks] == [task.pk]


def test_a_repeat_has_the_version_of_its_origin(client_for, alice, team_key, rex):
    task = make(client_for(alice))
    end(task, State.FAILED)
    content = library.content_of(library.version_of(rex))
    from dataclasses import replace

    library.save(rex, replace(content, title="King"), alice)
    client_for(alice).post(f"/tasks/{task.pk}/again/")
    again = Task.objects.exclude(pk=task.pk).get()
    assert again.subjects.get().version.number == 1


def test_recounting_finds_the_same(client_for, alice, bob, team_key, rex):
    end(make(client_for(alice)), cost=Decimal("0.5"))
    make(client_for(bob), visibility="private")
    before = figures(bob, [rex])
    recount()
    assert figures(bob, [rex]) == before


def test_prompts_and_results_newest_first(client_for, alice, team_key, rex):
    for prompt in ("@rex runs", "@rex sits", "@rex runs"):
        make(client_for(alice), prompt)
    assert [p.text for p in prompts(alice, rex)] == ["@rex runs", "@rex sits"]
    assert [t.prompt for t in results(alice, rex).tasks] == ["@rex runs", "@rex sits", "@rex runs"]


@pytest.mark.parametrize("sort", ["used", "cost", "changed", "newest", "title"])
def test_every_order_pages_through_all_once(alice, sort):
    for number in range(7):
        make_subject(alice, f"s{number % 3}_{number}", title=f"T{number % 2}")
    seen, after = [], ""
    while True:
        found = page(alice, Wanted(sort=sort, after=after), size=3)
        seen += [s.pk for s in found.subjects]
        after = found.next
        if not after:
            break
    assert len(seen) == 7
    assert set(seen) == set(Subject.objects.values_list("pk", flat=True))


def test_search_and_filters(alice, bob, admin):
    make_subject(alice, "anna", title="Anna")
    make_subject(bob, "rex", title="The King")
    make_subject(bob, "hidden", title="Secret", visibility="private")
    handles = lambda user, **w: {s.handle for s in page(user, Wanted(**w)).subjects}  # noqa: E731
    assert handles(alice) == {"anna", "rex"}
    assert handles(alice, q="KING") == handles(alice, q="@rex") == {"rex"}
    assert handles(alice, whose="mine") == {"anna"}
    assert handles(bob, whose="team") == {"anna", "rex"}
    # Admins find what is private of others by what the list shows of it.
    assert handles(admin, q="secret") == set()
    assert handles(admin, q="hidden") == {"hidden"}
