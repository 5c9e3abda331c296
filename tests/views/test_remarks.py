"""Stars, tags and notes on a result: whose they are, who reads them, and that nothing typed is lost."""

import pytest
from django.db import connection
from django.utils import timezone

from generation.models import Note, Rating, Tag, Task
from tests.factories import make_output, make_task

HX = {"HX-Request": "true"}


@pytest.fixture
def film(alice):
    task = make_task(alice)
    make_output(task)
    return task


def post(client, task, what, **fields):
    return client.post(f"/tasks/{task.pk}/{what}/", fields)


def test_it_works_without_scripts(client_for, bob, film):
    theirs = client_for(bob)
    for what, fields in (
        ("rate", {"rating": "4"}),
        ("tag", {"tag": " Hero  Shot, #LAUNCH，启程 "}),
        ("note", {"text": "The second take", "visibility": "team"}),
    ):
        assert post(theirs, film, what, **fields).url == f"/tasks/{film.pk}/"
    assert Rating.objects.get().stars == 4
    assert set(Tag.objects.values_list("name", flat=True)) == {"hero shot", "launch", "启程"}
    assert (Note.objects.get().made_at, Rating.objects.get().made_at) == (film.created_at,) * 2
    for address in (f"/tasks/{film.pk}/", f"/tasks/{film.pk}/viewer/"):
        html = theirs.get(address).content.decode()
        for words in ("hero shot", "启程", "The second take</textarea>"):
            assert words in html
        assert html.count('class="star on"') == 4
    post(theirs, film, "rate", rating="0")
    post(theirs, film, "note", text=" ", visibility="team")
    assert not Rating.objects.exists()
    assert not Note.objects.exists()


def test_stars_and_notes_are_each_members_own_and_tags_everybodys(client_for, alice, bob, film):
    mine, theirs = client_for(alice), client_for(bob)
    for stars, client in (("5", mine), ("2", theirs), ("2", theirs)):
        post(client, film, "rate", rating=stars)
    assert sorted(Rating.objects.values_list("stars", flat=True)) == [2, 5]
    assert "3.5 by 2" in mine.get(f"/tasks/{film.pk}/").content.decode()
    post(theirs, film, "note", text="For the team", visibility="team")
    post(mine, film, "note", text="For myself", visibility="private")
    assert "For the team" in mine.get(f"/tasks/{film.pk}/").content.decode()
    assert "For myself" not in theirs.get(f"/tasks/{film.pk}/").content.decode()
    seen = Note.objects.visible_to(bob).values_list("text", flat=True)
    assert list(seen) == ["For the team"]
    post(theirs, film, "tag", tag="wide")
    post(mine, film, "tag", remove="wide")
    assert not Tag.objects.exists()


@pytest.mark.parametrize(
    ("what", "fields", "sentence"),
    [
        ("rate", {"rating": "6"}, "Give 1 to 5 stars."),
        ("rate", {}, "Give 1 to 5 stars."),
        ("tag", {"tag": "x" * 41}, "a tag has at most 40 characters"),
        ("tag", {"tag": " , #"}, "Write a tag, such as"),
        ("tag", {"tag": ",".join(f"t{number}" for number in range(21))}, "at most 20 tags"),
        ("note", {"text": "y" * 2001, "visibility": "team"}, "at most 2,000 characters"),
        ("note", {"text": "Not lost", "visibility": "world"}, "Say who reads it."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_kept(
    client_for, bob, film, what, fields, sentence
):
    client = client_for(bob)
    for headers in ({}, HX):
        page = client.post(f"/tasks/{film.pk}/{what}/", fields, headers=headers)
        assert page.status_code == 422
        html = page.content.decode()
        assert html.count(sentence) == 1
        for typed in (fields.get("tag"), fields.get("text")):
            assert typed is None or typed in html
    assert [model.objects.count() for model in (Tag, Note, Rating)] == [0, 0, 0]


def test_who_does_not_see_it_says_nothing_of_it_and_an_admin_only_reads(
    client_for, alice, bob, admin, film
):
    post(client_for(alice), film, "tag", tag="secret plan")
    post(client_for(bob), film, "note", text="Seen once", visibility="private")
    Task.objects.filter(pk=film.pk).update(visibility="private")
    given = {
        "rate": {"rating": "3"},
        "tag": {"tag": "a"},
        "note": {"text": "b", "visibility": "team"},
    }
    for who in (bob, admin):
        for what, fields in given.items():
            assert post(client_for(who), film, what, **fields).status_code == 404
        assert not Tag.objects.visible_to(who).exists()
        assert not Note.objects.visible_to(who).exists()
        assert not Rating.objects.visible_to(who).exists()
    page = client_for(admin).get(f"/tasks/{film.pk}/").content.decode()
    assert "secret plan" in page
    assert "Seen once" not in page
    assert 'id="stars"' not in page
    assert "/note/" not in page


def test_they_come_from_an_index(bob, film):
    Tag.objects.create(task=film, name="wide", by=bob, made_at=timezone.now())
    if connection.vendor == "sqlite":  # PostgreSQL reads a table of one row as it is
        tagged = Tag.objects.filter(name="wide").order_by("-made_at", "-task_id")
        assert "tag_feed" in tagged.explain()
        rated = Rating.objects.filter(member=bob, stars=5).order_by("-made_at", "-task_id")
        assert "rating_feed" in rated.explain()
        assert "tag_by" in Tag.objects.filter(by=bob).order_by("-pk").explain()


def test_what_is_in_the_trash_is_found_by_nothing_and_keeps_its_remarks(client_for, alice, film):
    mine = client_for(alice)
    post(mine, film, "tag", tag="wide")
    post(mine, film, "rate", rating="4")
    post(mine, film, "note", text="For myself", visibility="private")
    assert "tag=wide" in mine.get("/tasks/facets/").content.decode()
    Task.objects.filter(pk=film.pk).update(trashed_at=timezone.now())
    assert "tag=wide" not in mine.get("/tasks/facets/").content.decode()
    for model in (Tag, Rating, Note):
        assert not model.objects.visible_to(alice).exists()
    assert "For myself" in mine.get(f"/tasks/{film.pk}/").content.decode()
