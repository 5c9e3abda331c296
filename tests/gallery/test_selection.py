"""Results that are named by their ids: a member gets those of the gallery, and no others."""

import pytest
from django.http import Http404
from django.utils import timezone

from generation.gallery.selection import select
from generation.models import Task
from generation.people import access
from tests.factories import make_task


@pytest.fixture
def tasks(alice, bob):
    """By whose they are, who may see them, and where they lie."""
    return {
        (owner.username, visibility, place): make_task(
            owner, visibility=visibility, trashed_at=timezone.now() if place == "trash" else None
        ).pk
        for owner in (alice, bob)
        for visibility in ("private", "team")
        for place in ("gallery", "trash")
    }


THERE = {
    ("alice", "private", "gallery"),
    ("alice", "team", "gallery"),
    ("bob", "team", "gallery"),
}


def test_one_by_one_a_member_sees_what_galleries_show(alice, tasks):
    seen = Task.objects.filter(pk__in=tasks.values()).each_visible_to(alice)
    assert {task.pk for task in seen} == {tasks[what] for what in THERE}
    assert set(seen) == set(Task.objects.visible_to(alice))


def test_an_admin_selects_nothing_private_either(admin, tasks):
    seen = access.still_seen(admin, Task.objects.all(), list(tasks.values()))
    team = [("alice", "team", "gallery"), ("bob", "team", "gallery")]
    assert [task.pk for task in seen] == [tasks[what] for what in team]


def test_one_that_is_not_there_refuses_all(alice, tasks):
    there = [tasks[what] for what in sorted(THERE)]
    assert select(alice, [*there, there[0]]).pks == there
    for what in tasks.keys() - THERE:
        with pytest.raises(Http404):
            select(alice, [*there, tasks[what]])
