"""The pages of subjects: the library, a new one, changes, what colleagues may do."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation.library import subjects as library
from generation.models import AuditEvent, Image, Subject, SubjectProposal
from tests.factories import make_subject
from tests.forms.helpers import upload

HTMX = {"hx-request": "true"}


def form_of(subject, **changes):
    """What the form posts when nothing was typed but `changes`."""
    kept = [str(given.image_id) for given in subject.images.all() if given.image_id]
    said = {name: getattr(subject, name) for name in ("handle", "title", "notes", "voice_id")}
    return said | {"visibility": subject.visibility, "image_ids": kept} | changes


def text(response):
    return response.content.decode()


def test_a_new_one_has_a_page_of_its_own(client_for, alice):
    page = text(client_for(alice).get("/subjects/new/?title=Zoë"))
    assert 'action="/subjects/"' in page
    assert 'value="Zoë"' in page


def test_the_library_shows_what_each_is(client_for, alice, bob):
    make_subject(bob, "anna", images=3, voice_id="Grinch")
    page = text(client_for(alice).get("/subjects/"))
    assert 'data-shots="3"' in page
    for words in ("@anna", "with a voice", "by bob", "New"):
        assert words in page


def test_the_library_costs_the_same_however_many_there_are(client_for, alice):
    client = client_for(alice)
    make_subject(alice, "s0")
    client.get("/subjects/")
    with CaptureQueriesContext(connection) as few:
        client.get("/subjects/")
    assert len(few) <= 7
    for number in range(1, 70):
        make_subject(alice, f"s{number}", images=0)
    with CaptureQueriesContext(connection) as many:
        page = text(client.get("/subjects/"))
    assert len(many) <= len(few)
    more = re.search(r'hx-get="(\?[^"]+)"', page)[1].replace("&amp;", "&")
    rest = text(client.get(f"/subjects/{more}", headers=HTMX))
    assert rest.count("<h2") == 10
    assert "<html" not in rest


def test_a_search_answers_with_the_list_alone(client_for, alice):
    make_subject(alice, "anna")
    make_subject(alice, "rex")
    found = text(client_for(alice).get("/subjects/?q=re", headers=HTMX))
    assert "@rex" in found
    assert "@anna" not in found
    assert "<html" not in found
    back = HTMX | {"hx-history-restore-request": "true"}
    assert "<html" in text(client_for(alice).get("/subjects/?q=re", headers=back))
    assert "Nothing found" in text(client_for(alice).get("/subjects/?q=zzz"))


@pytest.mark.parametrize("after", ["x", "[]", '["1"]', '["x", "y"]', "[1, 2]", "null"])
def test_a_made_up_place_is_refused(client_for, alice, after):
    assert client_for(alice).get("/subjects/", {"after": after}).status_code == 400


def test_a_change_of_what_changed_meanwhile_keeps_what_was_typed(client_for, alice, admin):
    anna = make_subject(alice, "anna")
    client_for(admin).post("/subjects/anna/", form_of(anna, title="Of Ada", based_on="1"))
    mine = form_of(anna, title="Of Alice", notes="typed", based_on="1")
    refused = client_for(alice).post("/subjects/anna/", mine)
    assert refused.status_code == 422
    page = text(refused)
    assert "Changed meanwhile by ada: Title" in page
    assert 'value="Of Alice"' in page
    assert "typed" in page
    assert Subject.objects.get().title == "Of Ada"
    based_on = re.search(r'name="based_on" value="(\d+)"', page)[1]
    client_for(alice).post("/subjects/anna/", mine | {"based_on": based_on})
    assert Subject.objects.get().title == "Of Alice"


def test_history_says_who_changed_what_and_brings_it_back(client_for, alice, admin):
    anna = make_subject(alice, "anna")
    client_for(admin).post("/subjects/anna/", form_of(anna, title="Ann"))
    client = client_for(alice)
    page = text(client.get("/subjects/anna/"))
    assert re.search(r"Title · ada", page)
    assert client.post("/subjects/anna/restore-version/", {"number": "1"}).status_code == 302
    assert Subject.objects.get().title == "Anna"
    assert "Version 1 restored" in text(client.get("/subjects/anna/"))
    for number in ("9", "x", ""):
        answer = client.post("/subjects/anna/restore-version/", {"number": number})
        assert answer.status_code == 404


def test_colleagues_propose_and_the_owner_decides(client_for, alice, bob):
    anna = make_subject(alice, "anna")
    client = client_for(bob)
    assert client.post("/subjects/anna/", form_of(anna, title="No")).status_code == 404
    assert client.get("/subjects/anna/edit/").status_code == 404
    assert re.search(r"<textarea[^>]* name=\"note\"", client.get("/subjects/anna/propose/").text)
    wish = form_of(anna, title="Annie", note="She likes it")
    assert client.post("/subjects/anna/propose/", wish).status_code == 302
    assert "not decided yet" in text(client.get("/subjects/anna/"))
    page = text(client_for(alice).get("/subjects/anna/"))
    assert "bob proposes a change" in page
    assert "She likes it" in page
    (proposal,) = SubjectProposal.objects.all()
    answer = {"verdict": "accept", "answer": "Yes"}
    assert client.post(f"/subjects/proposals/{proposal.pk}/", answer).status_code == 404
    assert client_for(alice).post(f"/subjects/proposals/{proposal.pk}/", answer).status_code == 302
    assert Subject.objects.get().title == "Annie"
    assert "“Yes”" in text(client.get("/subjects/anna/"))


def test_a_note_that_is_too_long_is_there_again(client_for, alice, bob):
    anna = make_subject(alice, "anna")
    client_for(bob).post("/subjects/anna/propose/", form_of(anna, title="Annie"))
    proposal, mine = SubjectProposal.objects.get(), client_for(alice)
    address = f"/subjects/proposals/{proposal.pk}/"
    long = mine.post(address, {"verdict": "accept", "answer": "Well. " * 100})
    assert long.status_code == 422
    assert f'value="{"Well. " * 100}"' in long.content.decode()
    assert "with a note of at most 500 characters" in long.content.decode()
    neither = mine.post(address, {"answer": "Perhaps"})
    assert neither.status_code == 422
    assert 'value="Perhaps"' in neither.content.decode()
    mine.post("/subjects/anna/archive/")
    assert mine.post(address, {"answer": "Perhaps"}).url == "/subjects/"
    proposal.refresh_from_db()
    assert proposal.state == "open"


def test_proposals_for_an_archived_subject_and_too_many_are_told(client_for, alice, bob):
    anna = make_subject(alice, "anna")
    client, mine = client_for(bob), client_for(alice)
    for number in range(5):
        wish = form_of(anna, title=f"Annie {number}")
        assert client.post("/subjects/anna/propose/", wish).status_code == 302
    refused = client.post("/subjects/anna/propose/", form_of(anna, title="Sixth"))
    assert refused.status_code == 422
    assert "5 of your proposals for this subject wait" in text(refused)
    assert 'value="Sixth"' in refused.content.decode()
    first, second = SubjectProposal.objects.all()[:2]
    mine.post(f"/subjects/proposals/{first.pk}/", {"verdict": "decline"})
    assert client.post("/subjects/anna/propose/", wish).status_code == 302

    mine.post("/subjects/anna/archive/")
    refused = client.post("/subjects/anna/propose/", form_of(anna, title="Late", note="Why"))
    assert refused.status_code == 422
    assert "anna is archived, so nothing can be changed" in text(refused)
    assert 'value="Late"' in refused.content.decode()
    assert "is archived" in text(client.get("/subjects/anna/propose/", follow=True))
    said = mine.post(f"/subjects/proposals/{second.pk}/", {"verdict": "accept"}, follow=True)
    assert said.status_code == 200
    assert "is archived. Bring it back" in text(said)
    second.refresh_from_db()
    assert second.state == "open"
    said = mine.post(f"/subjects/proposals/{second.pk}/", {"verdict": "decline"}, follow=True)
    assert "Declined" in text(said)
    Subject.objects.update(visibility="private")
    assert client.get("/subjects/anna/propose/").status_code == 404


def test_the_owner_edits_and_does_not_propose(client_for, alice):
    make_subject(alice, "anna")
    assert client_for(alice).get("/subjects/anna/propose/").status_code == 404


def test_the_owner_sees_the_pictures_of_a_proposal(client_for, alice, bob, admin):
    anna = make_subject(alice, "anna")
    wish = form_of(anna, image_ids=[], images=[upload(7)])
    client_for(bob).post("/subjects/anna/propose/", wish)
    picture = Image.objects.get(owner=bob)
    url = f"/media/images/{picture.pk}/thumbnail/"
    assert client_for(alice).get(url).status_code == 200
    assert client_for(admin).get(url).status_code == 200
    SubjectProposal.objects.all().delete()
    assert client_for(alice).get(url).status_code == 404


def test_a_copy_is_ones_own(client_for, alice, bob):
    make_subject(alice, "anna")
    made = client_for(bob).post("/subjects/anna/copy/", follow=True)
    assert made.redirect_chain[-1][0] == "/subjects/anna/edit/"
    assert Subject.objects.get(owner=bob).visibility == "private"


def test_it_is_handed_over(client_for, alice, bob):
    make_subject(alice, "anna", visibility="private")
    client = client_for(alice)
    assert client.post("/subjects/anna/hand-over/", {"to": "nobody"}).status_code == 404
    assert client.post("/subjects/anna/hand-over/", {"to": "bob"}).url == "/subjects/"
    assert Subject.objects.get().owner == bob
    assert AuditEvent.objects.get(what="subject.handed-over").target == "anna to bob"


def test_an_admin_who_changes_a_private_one_is_written_down(client_for, alice, admin):
    anna = make_subject(alice, "anna", visibility="private")
    client_for(admin).post("/subjects/anna/?owner=alice", form_of(anna, title="Ann"))
    whats = set(AuditEvent.objects.values_list("what", flat=True))
    assert "subject.changed-private" in whats
    assert Subject.objects.get().owner == alice


def test_what_was_never_used_can_be_deleted(client_for, alice):
    make_subject(alice, "anna")
    client = client_for(alice)
    assert "Delete for ever" in text(client.get("/subjects/anna/"))
    client.post("/subjects/anna/delete/")
    assert not Subject.objects.exists()


def test_dropped_pictures_begin_a_new_one(client_for, alice):
    client = client_for(alice)
    page = client.post("/subjects/begin-with/", {"images": [upload(1), upload(2)]}, follow=True)
    assert text(page).count('name="image_ids"') == 2
    assert not Subject.objects.exists()
    bad = client.post("/subjects/begin-with/", {"images": [upload(1).__class__("x.png", b"x")]})
    assert bad.url == "/subjects/new/"


def test_pictures_of_others_do_not_begin_one(client_for, alice, bob):
    secret = make_subject(bob, "anna", visibility="private").images.get().image
    page = text(client_for(alice).get(f"/subjects/new/?image_ids={secret.pk}&image_ids=x"))
    assert "image_ids" not in page


def test_a_handle_is_checked_while_it_is_typed(client_for, alice, bob):
    make_subject(bob, "anna")
    make_subject(bob, "secret", visibility="private")
    get = lambda **data: text(client_for(alice).get("/subjects/check-handle/", data))  # noqa: E731
    assert "The team has a subject @anna already" in get(handle="anna")
    assert "@anna_2" in get(handle="anna")
    assert "@anna is free" in get(handle="anna", visibility="private")
    assert "@secret is free" in get(handle="secret")
    assert 'data-handle="anna_2"' in get(handle="anna")
    assert 'data-free="zoe"' in get(title="Zoë")
    assert "@anna_2" in get(title="Anna")


def test_a_picture_that_is_there_already_is_taken_again(client_for, alice, bob):
    client = client_for(alice)
    for handle in ("one", "two"):
        data = {"handle": handle, "title": handle, "images": [upload(3)]}
        assert client.post("/subjects/", data).status_code == 302
    assert Image.objects.filter(owner=alice).count() == 1


def test_one_called_new_of_before_is_still_reached(client_for, alice):
    old = make_subject(alice, "new")
    page = text(client_for(alice).get("/subjects/"))
    assert "/subjects/new/?owner=alice" in page
    assert "What it is" in text(client_for(alice).get("/subjects/new/?owner=alice"))
    saved = client_for(alice).post("/subjects/new/?owner=alice", form_of(old, title="Old"))
    assert saved.status_code == 302
    assert library.version_of(Subject.objects.get()).number == 2
    made = {"handle": "new", "title": "x", "images": [upload(1)]}
    assert client_for(alice).post("/subjects/", made).status_code == 422


def test_used_in_the_studio_it_is_picked_and_mentioned(client_for, alice):
    make_subject(alice, "anna")
    page = text(client_for(alice).get("/subjects/anna/"))
    url = re.search(r'href="(/\?family=[^"]+)"', page)[1].replace("&amp;", "&")
    studio = text(client_for(alice).get(url))
    assert studio.count('value="anna"') == 1
    assert re.search(r"<textarea[^>]*>\s*@anna</textarea>", studio)


def test_the_list_of_a_mention(client_for, alice, bob):
    make_subject(bob, "anna", images=2, voice_id="Grinch")
    make_subject(bob, "banana")
    make_subject(bob, "annabel", visibility="private")
    get = lambda **data: text(client_for(alice).get("/subjects/mention-list/", data))  # noqa: E731
    rows = get(q="an")
    assert re.findall(r'role="option" id="mention-(\w+)"', rows) == ["anna", "banana", "new"]
    assert "2 pictures" in rows
    assert "· voice" in rows
    assert "New subject “an”" in rows
    looked_up = get(handles="anna,ana,annabel,zzz")
    assert re.findall(r'<template data-handle="(\w+)"', looked_up) == ["anna"]
    assert re.findall(r'data-unknown="(\w+)" data-near="(\w*)"', looked_up) == [
        ("ana", "anna"),
        ("annabel", "anna"),
        ("zzz", ""),
    ]


def test_the_list_of_a_mention_costs_the_same_however_many_there_are(client_for, alice):
    client = client_for(alice)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            client.get("/subjects/mention-list/", {"q": "s"})
        return len(queries)

    make_subject(alice, "s0")
    few = asked()
    for number in range(1, 20):
        make_subject(alice, f"s{number}")
    assert asked() == few
