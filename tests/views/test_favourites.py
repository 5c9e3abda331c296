"""The heart on a result, and the chips that show only some."""

import re
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from django.db import connection
from django.utils import timezone

from generation.gallery.filters import Filters
from generation.gallery.listing import page
from generation.models import Favourite, Task
from tests.factories import make_output, make_task


def liked(client, task, on="1", **headers):
    return client.post(f"/tasks/{task.pk}/favourite/", {"on": on, "look": "tool"}, headers=headers)


def shown(client, address):
    return re.findall(r'<article id="task-([0-9a-f-]+)"', client.get(address).content.decode())


@pytest.fixture
def results(alice):
    """Five finished tasks of a team's member, the newest first."""
    now = timezone.now()
    tasks = [make_task(alice, created_at=now - timedelta(hours=hours)) for hours in range(5)]
    for task in tasks:
        make_output(task)
    return tasks


def test_it_is_for_oneself_and_once(client_for, alice, bob, results):
    mine, theirs = client_for(alice), client_for(bob)
    for _ in range(2):
        answer = liked(theirs, results[1], hx_request="true")
        assert 'aria-pressed="true"' in answer.content.decode()
    assert Favourite.objects.get().member == bob
    assert shown(theirs, "/tasks/?favourite=1") == [str(results[1].pk)]
    assert shown(mine, "/tasks/?favourite=1") == []
    assert "No favourites" in mine.get("/?favourite=1").content.decode()
    assert theirs.get("/").content.decode().count('aria-pressed="true"') == 1
    assert 'aria-pressed="true"' in theirs.get(f"/tasks/{results[1].pk}/").content.decode()
    assert liked(theirs, results[1], on="").url == f"/tasks/{results[1].pk}/"
    assert not Favourite.objects.exists()


def test_what_has_become_private_is_neither_liked_nor_listed(client_for, bob, admin, results):
    assert liked(client_for(bob), results[0]).status_code == 302
    Task.objects.filter(pk=results[0].pk).update(visibility="private")
    for who in (bob, admin):
        assert liked(client_for(who), results[0]).status_code == 404
    assert shown(client_for(bob), "/tasks/?favourite=1") == []
    assert Favourite.objects.count() == 1


def test_favourites_go_page_by_page_in_the_order_of_the_gallery(client_for, bob, results):
    for task in (results[3], results[0], results[2], results[4]):
        liked(client_for(bob), task)
    hearts = Filters(favourite=True)
    first = page(bob, hearts, size=2)
    second = page(bob, hearts, size=2, before=parse_qs(first.below)["before"][0])
    found = [task.pk for task in [*first.tasks, *second.tasks]]
    assert found == [results[number].pk for number in (0, 2, 3, 4)]
    assert second.below == ""
    assert page(bob, Filters(whose="mine", favourite=True)).tasks == []
    if connection.vendor == "sqlite":  # PostgreSQL reads a table of four rows as it is
        asked = Favourite.objects.filter(member=bob).order_by("-made_at", "-task_id").explain()
        assert "favourite_feed" in asked


def test_running_shows_what_runs_page_by_page(alice, client_for, results):
    now = timezone.now()
    for hours, state in ((1, "queued"), (2, "processing"), (3, "failed")):
        make_task(alice, state, created_at=now - timedelta(hours=hours, minutes=1))
    client = client_for(alice)
    running = shown(client, "/?state=running")
    states = dict(Task.objects.values_list("pk", "state"))
    assert [states[pk] for pk in map(type(results[0].pk), running)] == ["queued", "processing"]
    first = page(alice, Filters(state="running"), size=1)
    place = parse_qs(first.below)["before"][0]
    second = page(alice, Filters(state="running"), size=1, before=place)
    assert [str(task.pk) for task in [*first.tasks, *second.tasks]] == running
    html = client.get("/?state=running&whose=mine").content.decode()
    assert '"/tasks/changes/?state=running"' in html
    assert re.search(r'href="\?whose=mine"\s+aria-current="true">Running', html)


def test_as_many_queries_for_many(client_for, bob, results, django_assert_num_queries):
    client = client_for(bob)
    liked(client, results[0])
    client.get("/tasks/?favourite=1")
    with django_assert_num_queries(7):
        assert len(shown(client, "/tasks/?favourite=1")) == 1
    for task in results[1:]:
        liked(client, task)
    with django_assert_num_queries(7):
        assert len(shown(client, "/tasks/?favourite=1")) == 5


def test_new_ones_come_to_a_page_of_what_runs_not_of_favourites(client_for, alice, results):
    client, since = client_for(alice), Task.objects.order_by("-revision").first().revision
    task = make_task(alice, "queued")
    for address, comes in (("favourite=1", False), ("state=running", True), ("", True)):
        answer = client.get(f"/tasks/changes/?since={since}&{address}")
        assert (str(task.pk) in answer.content.decode()) is comes
