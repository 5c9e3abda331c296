"""Saved searches: the gallery's filters under a name, of a member or of the team."""

import threading

import pytest
from django.db import connection

from generation.forms.searches import NewSearchForm
from generation.gallery.saving import MOST
from generation.models import AuditEvent, SavedSearch
from tests.factories import make_key, make_subject, make_task

QUERY = "q=calm+sea&kind=image&sort=oldest"


def save(client, name="Seas", query=QUERY, scope="private"):
    return client.post("/searches/", {"name": name, "query": query, "scope": scope})


def test_it_is_saved_from_the_gallery_and_opened_there(client_for, alice, bob):
    client = client_for(alice)
    shown = client.get(f"/tasks/?{QUERY}").content.decode()
    assert f'name="query" value="{QUERY.replace("&", "&amp;")}"' in shown
    assert 'id="id_saved_name"' not in client.get("/tasks/").content.decode()
    answer = save(client, "  My   seas ")
    assert answer.url == f"/tasks/?{QUERY}"
    assert "“My seas” is saved." in client.get(answer.url).content.decode()
    listed = client.get("/tasks/facets/").content.decode()
    assert f'href="?{QUERY.replace("&", "&amp;")}"><span class="clip">My seas</span>' in listed
    assert "My seas" in client.get("/tasks/?filters=1").content.decode()
    assert "Kind: image" in client.get("/searches/").content.decode()
    assert "My seas" not in client_for(bob).get("/tasks/facets/").content.decode()


def test_only_what_the_gallery_understands_is_kept(client_for, alice, bob):
    make_subject(bob, "hush", visibility="private")
    key = make_key(bob)
    odd = f"page=2&before=x&kind=image&rating=9&subject=hush&key={key.pk}&__class__=1&kind=video"
    assert save(client_for(alice), query=odd).status_code == 302
    assert SavedSearch.objects.get().query == "kind=video"


def test_what_means_nothing_any_more_is_said_and_breaks_nothing(client_for, alice, bob):
    make_task(alice)
    rex = make_subject(bob, "rex")
    client = client_for(alice)
    save(client, query="subject=rex&whose=mine")
    rex.delete()
    SavedSearch.objects.create(owner=alice, name="Old", query="gone=1&%zz&sort", visibility="team")
    for one in SavedSearch.objects.all():
        assert client.get(f"/tasks/?{one.query}").content.decode().count("<article") == 1
    assert 'class="chip bad"' in client.get("/tasks/?subject=rex&whose=mine").content.decode()
    assert client.get("/searches/").status_code == 200


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"name": " "}, "This field is required."),
        ({"name": "x" * 61}, "at most 60 characters"),
        ({"name": "a\0b"}, "Null characters"),
        ({"name": "Taken"}, "There is a saved search of this name already."),
        ({"scope": "world"}, "Select a valid choice."),
        ({"query": ""}, "Set a filter first."),
        ({"query": "state=gone&x=1"}, "Set a filter first."),
        ({"query": "q=\0"}, "Null characters"),
        ({"query": "q=" + "x" * 9000}, "at most 8000 characters"),
    ],
)
def test_what_makes_no_sense_is_told_beside_its_field(client_for, alice, data, sentence):
    client = client_for(alice)
    save(client, "Taken")
    given = {"name": "“Mine” <b>", "query": QUERY, "scope": "team"} | data
    answer = client.post("/searches/", given)
    html = answer.content.decode()
    assert (answer.status_code, sentence in html) == (422, True)
    if "name" not in data:
        assert 'value="“Mine” &lt;b&gt;"' in html
    assert SavedSearch.objects.count() == 1


def test_who_renames_and_deletes_what(client_for, alice, bob, admin):
    client, theirs, boss = client_for(alice), client_for(bob), client_for(admin)
    save(client, "Mine")
    save(client, "Ours", scope="team")
    mine, ours = SavedSearch.objects.order_by("name")
    changed = {"name": "Team’s", "scope": "team"}
    for stranger, one in ((theirs, mine), (boss, mine), (theirs, ours)):
        assert stranger.post(f"/searches/{one.pk}/", changed).status_code == 404
        assert stranger.post(f"/searches/{one.pk}/delete/").status_code == 404
    assert "Ours" in theirs.get("/tasks/facets/").content.decode()
    assert "/delete/" not in theirs.get("/searches/").content.decode()
    assert boss.post(f"/searches/{ours.pk}/", changed).status_code == 302
    assert AuditEvent.objects.get(what="search.changed").target == "Ours of alice"
    refused = client.post(f"/searches/{mine.pk}/", {"name": "Team’s", "scope": "private"})
    assert refused.status_code == 422
    assert f'id="name-{mine.pk}-error"' in refused.content.decode()
    assert boss.post(f"/searches/{ours.pk}/delete/").status_code == 302
    assert AuditEvent.objects.get(what="search.deleted").who == admin
    assert client.post(f"/searches/{mine.pk}/delete/").status_code == 302
    assert not SavedSearch.objects.exists()


def test_fifty_are_the_most_and_are_listed_by_one_query(
    client_for, alice, django_assert_max_num_queries
):
    SavedSearch.objects.bulk_create(
        SavedSearch(owner=alice, name=f"S {n}", query=QUERY, visibility="team") for n in range(MOST)
    )
    client = client_for(alice)
    refused = save(client, "One more")
    assert (refused.status_code, SavedSearch.objects.count()) == (422, MOST)
    assert "Delete one first." in refused.content.decode()
    with django_assert_max_num_queries(9):
        assert client.get("/tasks/facets/").content.count(b'class="clip">S ') == MOST
    one = SavedSearch.objects.first()
    assert client.post(f"/searches/{one.pk}/", {"name": "T", "scope": "team"}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_are_no_more_than_there_may_be(alice):
    SavedSearch.objects.bulk_create(
        SavedSearch(owner=alice, name=f"S {n}", query=QUERY, visibility="team")
        for n in range(MOST - 2)
    )
    saved = []

    def press(number):
        name = f"New {number // 2}"
        form = NewSearchForm({"name": name, "query": QUERY, "scope": "team"}, user=alice)
        saved.append(form.is_valid() and form.save())
        connection.close()

    threads = [threading.Thread(target=press, args=[number]) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(saved) == [False] * 8 + [True] * 2
    assert SavedSearch.objects.count() == MOST
