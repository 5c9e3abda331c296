"""Filters stand in the address: each shows what it says, and what means nothing is said."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from generation.catalog import ImageLimits
from generation.library.uploads import keep_image
from generation.models import Favourite, Rating, Tag, TaskSubject, words
from tests.factories import make_key, make_output, make_subject, make_task

TURBO, IMAGE = "viduq2_turbo_img2video", "viduq2_reference2image"


def shown(client, query):
    answer = client.get(f"/tasks/?{query}")
    assert answer.status_code == 200, query
    return set(re.findall(r'<article id="task-([0-9a-f-]+)"', answer.content.decode()))


@pytest.fixture
def made(alice, bob, team_key):
    now = timezone.now()
    rex = make_subject(alice, "rex")
    made = {
        "film": make_task(alice, created_at=now, key=team_key),
        "picture": make_task(bob, model=IMAGE, created_at=now - timedelta(days=40)),
        "failed": make_task(bob, "failed", created_at=now - timedelta(days=80)),
        "private": make_task(bob, visibility="private", created_at=now - timedelta(days=3)),
        "mine": make_task(alice, model=IMAGE, visibility="private", created_at=now),
    }
    task = made["picture"]
    TaskSubject.objects.create(
        task=task, subject=rex, handle="rex", position=0, made_at=task.created_at
    )
    Favourite.objects.create(member=alice, task=task, made_at=task.created_at)
    Rating.objects.create(member=alice, task=made["film"], stars=4, made_at=now)
    Rating.objects.create(member=bob, task=made["picture"], stars=4, made_at=task.created_at)
    for name in ("film", "picture", "private"):
        task = made[name]
        Tag.objects.create(task=task, name="launch film", by=bob, made_at=task.created_at)
    return {name: str(task.pk) for name, task in made.items()}


def test_each_filter_shows_what_it_says(client_for, alice, made, team_key):
    client, ago = client_for(alice), timezone.localdate() - timedelta(days=60)
    expected = {
        "": {"film", "picture", "failed", "mine"},
        "whose=mine": {"film", "mine"},
        "owner=bob": {"picture", "failed"},
        "owner=alice": {"film", "mine"},
        "kind=image": {"picture", "mine"},
        f"model={TURBO}": {"film", "failed"},
        "state=failed": {"failed"},
        "state=failed&whose=mine": set(),
        "state=completed&kind=image&owner=bob": {"picture"},
        "subject=rex": {"picture"},
        "subject=rex&favourite=1": {"picture"},
        "subject=rex&state=failed": set(),
        f"key={team_key.pk}": {"film"},
        "favourite=1": {"picture"},
        "favourite=1&owner=alice": set(),
        f"since={ago}": {"film", "picture", "mine"},
        f"until={ago}": {"failed"},
        f"favourite=1&until={ago}": set(),
        f"subject=rex&since={ago}&until={timezone.localdate()}": {"picture"},
        "sort=oldest&kind=image": {"picture", "mine"},
        "rating=4": {"film"},
        "rating=5": set(),
        "tag=Launch+film": {"film", "picture"},
        "tag=launch+film&rating=4": {"film"},
        "tag=launch+film&favourite=1&subject=rex": {"picture"},
        "tag=launch": set(),
    }
    names = {pk: name for name, pk in made.items()}
    for query, wanted in expected.items():
        assert {names[pk] for pk in shown(client, query)} == wanted, query


def test_what_means_nothing_is_said_and_can_be_taken_away(client_for, alice, bob, made):
    client = client_for(alice)
    secret, private = make_key(bob), make_subject(bob, "hush", visibility="private")
    for name, value in {
        "owner": "nobody",
        "kind": "sound",
        "model": "vidu9",
        "state": "gone",
        "subject": private.handle,
        "key": secret.pk,
        "since": "yesterday",
        "until": "9999-99-99",
        "sort": "size",
        "favourite": "<script>",
        "rating": "6",
        "inputs": make_task(bob, visibility="private").pk,
        "prompt": "1",
    }.items():
        html = client.get(f"/tasks/?whose=mine&{name}={quote(str(value))}").content.decode()
        assert html.count("<article") == 2, name
        assert 'class="chip bad"' in html, name
        assert "<script>&" not in html
        assert 'class="chip off" href="?whose=mine"' in html, name
    assert (
        b"is before the first day"
        in client.get("/tasks/?since=2026-02-02&until=2026-01-01").content
    )
    for query in ("q=%25_%22*", "key=1", "since=%F0%9F%98%80", "owner=" + "x" * 5000):
        assert client.get(f"/tasks/?{query}").status_code == 200


def test_a_used_filter_keeps_the_others_and_goes_alone(client_for, alice, made):
    html = client_for(alice).get(f"/tasks/?owner=bob&kind=image&model={IMAGE}").content.decode()
    assert 'href="?owner=bob&amp;kind=image" aria-label="Remove the filter Model: ' in html
    assert (
        f'href="?kind=image&amp;model={IMAGE}" aria-label="Remove the filter Made by: bob"' in html
    )
    assert '<input type="hidden" name="owner" value="bob">' in html
    assert 'href="?owner=bob&amp;kind=video&amp;model=' in html
    assert f'href="?owner=bob&amp;model={IMAGE}" aria-current="true">Image' in html


def test_the_long_lists_come_when_one_is_opened_or_without_scripts(
    client_for, alice, bob, made, django_assert_max_num_queries
):
    make_subject(bob, "hush", visibility="private")
    client = client_for(alice)
    assert 'href="?owner=bob"' not in client.get("/tasks/").content.decode()
    for address in ("/tasks/facets/?kind=image", "/tasks/?kind=image&filters=1"):
        html = client.get(address).content.decode()
        assert 'href="?owner=bob&amp;kind=image"' in html
        assert "@rex" in html
        assert "tag=launch+film" in html
        assert "hush" not in html
    with django_assert_max_num_queries(9):
        client.get("/tasks/facets/")


def test_what_is_new_comes_where_it_belongs(client_for, alice, bob, made):
    client = client_for(alice)
    since = max(task.revision for task in type(make_task(bob)).objects.all())
    task = make_task(bob, model=IMAGE)
    make_output(task)
    for query, comes in {
        "": True,
        "kind=image": True,
        "kind=video": False,
        "owner=bob": True,
        "owner=alice": False,
        "subject=rex": False,
        "favourite=1": False,
        "kind=image&still=1": False,
    }.items():
        answer = client.get(f"/tasks/changes/?since={since}&{query}")
        assert (str(task.pk) in answer.content.decode()) is comes, query


def test_more_like_this_by_prompt_and_images(client_for, alice, bob, image):
    one, other = {"prompt": "A Red boat at dawn"}, {"prompt": "a red  boat"}
    tasks = [
        make_task(alice, params=one, image=image),
        make_task(bob, params=other, image=image),
        make_task(bob, params=one),
        make_task(bob, params=one, image=image, visibility="private"),
    ]
    for task in tasks:
        words.write(task, [])
    ids, client = [str(task.pk) for task in tasks], client_for(alice)
    assert shown(client, f"prompt={ids[1]}") == set(ids[:3])
    assert shown(client, f"prompt={ids[0]}") == {ids[0], ids[2]}
    assert shown(client, f"inputs={ids[0]}") == set(ids[:2])
    assert shown(client, f"inputs={ids[0]}&prompt={ids[0]}") == {ids[0]}
    assert shown(client, f"inputs={ids[0]}&owner=bob") == {ids[1]}
    assert shown(client, f"inputs={ids[2]}") == set()
    html = client.get(f"/tasks/?inputs={ids[0]}&kind=video").content.decode()
    assert 'href="?kind=video" aria-label="Remove the filter Same inputs: as one result"' in html
    page = client.get(f"/tasks/{ids[0]}/").content.decode()
    assert f'href="/tasks/?prompt={ids[0]}"' in page
    assert f'href="/tasks/?inputs={ids[0]}"' in page
    assert client.get(f"/tasks/facets/?inputs={ids[0]}").content.count(b'muted">1<') == 2


@pytest.fixture
def image(alice, upload):
    return keep_image(upload(), alice, ImageLimits())
