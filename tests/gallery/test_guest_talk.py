"""Guests of a share link comment only where that is switched on, under a name of their own."""

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from generation.gallery import guest_talk
from generation.gallery.sharing import Wish, revoke, share
from generation.models import AuditEvent, Collection, Comment, Notice, Share, Task
from generation.people.guest_limits import PER_GUEST, PER_LINK
from tests.factories import make_output, make_task


@pytest.fixture
def result(alice):
    task = make_task(alice, visibility="private")
    make_output(task)
    return task


def say(guest, token, output, text="Lovely", name="Kim of Acme", at="", **headers):
    given = {"comment": str(output.pk), "name": name, "text": text, "at": at}
    return guest.post(f"/share/{token}/", given, headers=headers)


def test_it_is_off_unless_somebody_switches_it_on(client_for, alice, result):
    _, token = share(alice, result, Wish())
    guest, output = Client(), result.outputs.get()
    assert 'name="comment"' not in guest.get(f"/share/{token}/").content.decode()
    assert say(guest, token, output).status_code == 404
    assert not Comment.objects.exists()
    client_for(alice).post(f"/tasks/{result.pk}/share/", {"days": "7", "comments": "on"})
    assert Share.objects.filter(takes_comments=True).count() == 1
    page = client_for(alice).get(f"/tasks/{result.pk}/share/").content.decode()
    assert "takes comments" in page
    assert "and nothing of the team’s" in page


def test_a_guest_says_something_and_members_read_whose_it_is(client_for, alice, bob, result):
    made, token = share(alice, result, Wish(comments=True))
    Comment.objects.create(task=result, member=alice, text="Among us")
    guest, output = Client(), result.outputs.get()
    answer = say(guest, token, output, "@bob <b>more</b> light", "<i>Kim</i>  of Acme", "0:03.2")
    assert answer.url == f"/share/{token}/#talk-1"
    assert answer["X-Robots-Tag"]
    html = guest.get(f"/share/{token}/").content.decode()
    assert "&lt;i&gt;Kim&lt;/i&gt; of Acme" in html
    assert "@bob &lt;b&gt;more&lt;/b&gt; light" in html
    for word in ("Among us", "alice", str(result.pk)):
        assert word not in html
    html = client_for(alice).get(f"/tasks/{result.pk}/").content.decode()
    assert "<bdi>&lt;i&gt;Kim&lt;/i&gt; of Acme</bdi> (guest)" in html
    assert ">0:03.2</a>" in html
    assert not Notice.objects.exists()
    found = Comment.objects.get(member=None)
    assert not Comment.objects.visible_to(bob).exists()
    assert client_for(alice).get(f"/comments/{found.pk}/").status_code == 404
    revoke(made)
    assert say(guest, token, output).status_code == 404
    assert client_for(bob).post(f"/comments/{found.pk}/delete/").status_code == 404
    client_for(alice).post(f"/comments/{found.pk}/delete/")
    assert AuditEvent.objects.get(what="comment.deleted").target == f"a guest on {result.pk}"
    assert Comment.objects.get().text == "Among us"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": " "}, "Say who you are."),
        ({"name": "x" * 61}, "at most 60 characters"),
        ({"text": ""}, "Write something first."),
        ({"text": "y" * 2001}, "at most 2,000 characters"),
        ({"at": "9:00"}, "The film is not that long."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_typed_is_lost(alice, result, fields, sentence):
    _, token = share(alice, result, Wish(comments=True))
    page = say(Client(), token, result.outputs.get(), **fields)
    html = page.content.decode()
    assert (page.status_code, html.count(sentence)) == (422, 1)
    for typed in ({"text": "Lovely", "name": "Kim of Acme"} | fields).values():
        assert typed.strip() in html
    assert not Comment.objects.exists()


def test_only_of_what_the_link_shows_and_behind_its_password(alice, bob, result):
    collection = Collection.objects.create(owner=alice, title="Hills")
    pictures = [make_task(bob), result]
    for position, task in enumerate(pictures):
        collection.items.create(task=task, position=position)
    make_output(pictures[0])
    make_output(result, position=1)
    wish = Wish(comments=True, password="a long password")
    _, token = share(alice, collection, wish)
    guest, output = Client(), result.outputs.first()
    assert b"Shared results" in say(guest, token, output).content
    assert not Comment.objects.exists()
    assert guest.post(f"/share/{token}/", {"password": wish.password}).status_code == 302
    other = make_output(make_task(alice))
    for wrong in (other, make_task(alice)):
        assert say(guest, token, wrong).status_code == 404
    assert say(guest, token, output).status_code == 302
    html = guest.get(f"/share/{token}/").content.decode()
    # Once for each task, under its first result.
    assert html.count('name="comment"') == 2
    assert guest.post(f"/share/{token}/", {"comment": "x"}).status_code == 404
    assert Comment.objects.get().task == result


def test_guests_are_slowed_down(alice, result, monkeypatch):
    _, token = share(alice, result, Wish(comments=True))
    guest, output = Client(), result.outputs.get()
    with time_machine.travel(timezone.now(), tick=False) as now:
        for _ in range(PER_GUEST):
            assert say(guest, token, output).status_code == 302
        page = say(guest, token, output, "Not lost")
        assert (page.status_code, page["Retry-After"]) == (429, "600")
        assert "Not lost</textarea>" in page.content.decode()
        assert Comment.objects.count() == PER_GUEST < PER_LINK
        now.shift(601)
        assert say(guest, token, output).status_code == 302
        monkeypatch.setattr(guest_talk, "MOST_OF_GUESTS", PER_GUEST + 1)
        page = say(guest, token, output)
        assert page.status_code == 422
        assert "Guests have said a lot" in page.content.decode()
    Task.objects.filter(pk=result.pk).update(trashed_at=timezone.now())
    assert say(guest, token, output).status_code == 404
