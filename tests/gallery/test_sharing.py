"""Share links: what guests see, what they do not, and how a link ends."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from generation.gallery.sharing import Wish, share
from generation.models import AuditEvent, Collection, CollectionItem, Output, Share, Task
from tests.factories import make_output, make_task


@pytest.fixture
def result(alice):
    task = make_task(alice, params={"prompt": "A secret sea"}, visibility="private")
    make_output(task)
    return task


def url(token, output=None):
    return f"/share/{token}/" + (f"{output.pk}/" if output else "")


def test_a_guest_sees_the_result_and_no_words_about_it(client_for, alice, result):
    page = client_for(alice).post(f"/tasks/{result.pk}/share/", {"days": "7"}).content.decode()
    link = re.search(r"http://testserver(/share/[\w-]+/)", page)[1]
    token = link.split("/")[2]
    assert token not in str(Share.objects.values().get())
    assert AuditEvent.objects.get().what == "share.made"
    # The link is told once.
    assert token not in client_for(alice).get(f"/tasks/{result.pk}/share/").content.decode()
    guest, output = Client(), result.outputs.get()
    answer = guest.get(link)
    said = answer.content.decode()
    assert str(output.pk) in said
    for word in ("secret sea", "alice", str(result.pk), output.sha256):
        assert word not in said
    assert "noindex" in answer["X-Robots-Tag"]
    assert (answer["Referrer-Policy"], "no-store" in answer["Cache-Control"]) == ("same-origin", 1)
    film = guest.get(url(token, output), headers={"range": "bytes=0-9"})
    assert (film.status_code, film.getvalue()) == (206, b"0123456789")
    assert guest.get(url(token, output) + "?poster=1").getvalue() == b"poster"
    download = guest.get(url(token, output) + "?download=1")
    assert download["Content-Disposition"] == 'attachment; filename="result-1.mp4"'
    # Nothing else is open to them.
    assert guest.get(f"/media/outputs/{output.pk}/").status_code == 302
    assert guest.get(url(token, make_output(make_task(alice)))).status_code == 404
    Task.objects.filter(pk=result.pk).update(trashed_at=timezone.now())
    assert guest.get(url(token, output)).status_code == 404


def test_words_and_names_only_when_they_are_switched_on(alice, bob, result):
    collection = Collection.objects.create(owner=alice, title="Hills", notes="For you")
    theirs = make_task(bob, params={"prompt": "A rough sea"})
    make_output(theirs)
    for position, task in enumerate((theirs, result)):
        collection.items.create(task=task, position=position)
    words = ("Hills", "For you", "A rough sea", "A secret sea")
    for wish, shown, hidden in (
        (Wish(), (), (*words, "alice", "bob")),
        (Wish(texts=True), words, ("alice", "bob")),
        (Wish(names=True), ("alice", "bob"), words),
    ):
        said = Client().get(url(share(alice, collection, wish)[1])).content.decode()
        assert [word for word in shown if word not in said] == []
        assert [word for word in hidden if word in said] == []


def test_a_link_to_a_collection_shows_what_its_maker_sees(alice, bob, result):
    collection = Collection.objects.create(owner=bob, title="Hills", visibility="team")
    teams = make_task(alice)
    make_output(teams)
    for position, task in enumerate((teams, result)):
        collection.items.create(task=task, position=position)
    said = Client().get(url(share(bob, collection, Wish())[1])).content.decode()
    assert str(teams.outputs.get().pk) in said
    assert str(result.outputs.get().pk) not in said


@pytest.mark.parametrize("ends", ["time", "end", "trash", "private", "left"])
def test_a_link_ends(client_for, alice, bob, ends):
    mine = make_task(bob)
    output = make_output(mine)
    collection = Collection.objects.create(owner=alice, title="Seas")
    collection.items.create(task=mine, position=1)
    made, token = share(alice, collection, Wish(days=1))
    assert Client().get(url(token, output)).status_code == 200
    later = timezone.now()
    match ends:
        case "time":
            later += timedelta(days=1, seconds=1)
        case "end":
            assert client_for(bob).post(f"/shares/{made.pk}/end/").status_code == 404
            assert client_for(alice).post(f"/shares/{made.pk}/end/").status_code == 302
        case "trash":
            Task.objects.filter(pk=mine.pk).update(trashed_at=later)
        case "private":
            Task.objects.filter(pk=mine.pk).update(visibility="private")
        case "left":
            alice.is_active = False
            alice.save(update_fields=["is_active"])
    with time_machine.travel(later, tick=False):
        assert Client().get(url(token, output)).status_code == 404
        page = Client().get(url(token))
    assert page.status_code == (200 if ends in ("trash", "private") else 404)
    assert str(output.pk) not in page.content.decode()


def test_a_password_is_asked_for_and_guessed_a_few_times_only(alice, result):
    output = result.outputs.get()
    made, token = share(alice, result, Wish(password="deep water"))
    _, other = share(alice, result, Wish(password="deep water"))
    assert "deep" not in made.password
    guest = Client()
    door = guest.get(url(token))
    assert str(output.pk) not in door.content.decode()
    assert "noindex" in door["X-Robots-Tag"]
    assert guest.get(url(token, output)).status_code == 404
    assert guest.post(url(token), {"password": "wrong"}).status_code == 422
    assert guest.post(url(token), {"password": "deep water"}).status_code == 302
    assert guest.get(url(token, output)).status_code == 200
    # Not by the cookie of another link, nor once the password is another.
    assert guest.get(url(other, output)).status_code == 404
    Share.objects.filter(pk=made.pk).update(password="x")
    assert guest.get(url(token, output)).status_code == 404
    stranger = Client()
    codes = [stranger.post(url(other), {"password": "wrong"}).status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]
    assert stranger.post(url(other), {"password": "deep water"}).status_code == 429


def test_only_what_one_may_decide_about_is_shared(client_for, alice, bob, admin, result):
    shown = make_task(alice)
    for who, task, expected in (
        (bob, shown, 404),
        (bob, result, 404),
        (admin, result, 404),
        (admin, shown, 200),
    ):
        client = client_for(who)
        assert client.post(f"/tasks/{task.pk}/share/", {"days": "7"}).status_code == expected
    weak = client_for(alice).post(f"/tasks/{shown.pk}/share/", {"days": "9", "password": "short"})
    page = weak.content.decode()
    assert weak.status_code == 422
    assert "Take 8 characters or more" in page
    long = client_for(alice).post(f"/tasks/{shown.pk}/share/", {"days": "7", "password": "x" * 201})
    assert (long.status_code, "at most 200 characters" in long.content.decode()) == (422, True)
    assert Share.objects.count() == 1


def test_a_file_costs_the_same_however_much_is_shared(alice, django_assert_num_queries):
    shelf = Collection.objects.create(owner=alice, title="Best")
    outputs = []
    for number in range(12):
        task = make_task(alice)
        outputs.append(make_output(task))
        CollectionItem.objects.create(collection=shelf, task=task, position=number)
    _, token = share(alice, shelf, Wish())
    guest = Client()
    with django_assert_num_queries(2):
        answer = guest.get(url(token, outputs[7]), headers={"range": "bytes=0-1"})
    assert answer.status_code == 206
    kept = guest.get(url(token, outputs[7]) + "?download=1")
    assert "result-8.mp4" in kept["Content-Disposition"]
    Output.objects.filter(pk=outputs[3].pk).update(state="pending")
    for hidden in (outputs[3], make_output(make_task(alice))):
        assert guest.get(url(token, hidden)).status_code == 404
