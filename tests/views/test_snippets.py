"""Snippets: short texts for prompts."""

from generation.forms.snippets import MOST
from generation.models import AuditEvent, Snippet

HTMX = {"hx-request": "true"}


def test_who_sees_and_deletes_what(client_for, alice, bob, admin):
    client, theirs, boss = client_for(alice), client_for(bob), client_for(admin)
    client.post("/snippets/", {"text": "soft “light”", "scope": "private"})
    mine = Snippet.objects.get()
    assert 'data-insert="soft “light”"' in client.get("/snippets/", headers=HTMX).content.decode()
    for stranger in (theirs, boss):
        assert "soft" not in stranger.get("/snippets/", headers=HTMX).content.decode()
        assert stranger.post(f"/snippets/{mine.pk}/delete/").status_code == 404
    client.post("/snippets/", {"text": "slow pan", "scope": "team"})
    shared = Snippet.objects.get(visibility="team")
    assert "slow pan" in theirs.get("/snippets/", headers=HTMX).content.decode()
    assert theirs.post(f"/snippets/{shared.pk}/delete/").status_code == 404
    changed = {"text": "slow pan left", "scope": "team"}
    assert theirs.post(f"/snippets/{shared.pk}/", changed).status_code == 404
    assert boss.post(f"/snippets/{mine.pk}/", changed).status_code == 404
    assert boss.post(f"/snippets/{shared.pk}/", changed).status_code == 302
    assert AuditEvent.objects.get(what="snippet.changed").target == "slow pan of alice"
    shared.refresh_from_db()
    assert (shared.text, shared.owner) == ("slow pan left", alice)
    assert boss.post(f"/snippets/{shared.pk}/delete/").status_code == 302
    assert AuditEvent.objects.get(what="snippet.deleted").who == admin
    assert client.post(f"/snippets/{mine.pk}/delete/").status_code == 302
    assert not Snippet.objects.exists()


def test_a_wrong_change_is_refused_beside_its_field(client_for, alice, monkeypatch):
    client = client_for(alice)
    client.post("/snippets/", {"text": "slow pan", "scope": "private"})
    one = Snippet.objects.get()
    refused = client.post(f"/snippets/{one.pk}/", {"text": "y" * 301, "scope": "team"})
    html = refused.content.decode()
    assert (refused.status_code, html.count("y" * 301)) == (422, 1)
    assert "at most 300 characters" in html
    assert '<option value="team" selected>' in html
    one.refresh_from_db()
    assert (one.text, one.visibility) == ("slow pan", "private")
    # As many as one may have, and still one can be changed.
    assert MOST == 200
    monkeypatch.setattr("generation.forms.snippets.MOST", 1)
    assert client.post(f"/snippets/{one.pk}/", {"text": "pan", "scope": "team"}).status_code == 302
    one.refresh_from_db()
    assert (one.text, one.visibility) == ("pan", "team")


def test_a_wrong_one_is_refused_and_not_lost(client_for, alice):
    client = client_for(alice)
    for text, scope in (("", "team"), ("x" * 301, "team"), ("a\0b", "team"), ("fine", "world")):
        response = client.post("/snippets/", {"text": text, "scope": scope})
        assert response.status_code == 422
    assert 'value="fine"' in response.content.decode()
    assert not Snippet.objects.exists()
