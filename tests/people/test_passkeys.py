"""Passkeys, without a browser: what proves nothing opens nothing. One that works: tests/browser."""

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from generation.models import AuditEvent
from generation.people import passkeys

ANSWERS = [
    "x", "[" * 9_000, "[]", "{}", '"x"', "null", '{"response": null}', '{"response": {"userHandle": "!!"}}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}',
    json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {
        "userHandle": "MQ", "clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA"}}),
]  # fmt: skip


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_is_no_answer_opens_nothing(client_for, alice, answer):
    stranger = Client()
    for asks in (True, False):
        if asks:
            asked = stranger.post("/login/passkey/").json()["publicKey"]
            assert asked["userVerification"] == "required"
            assert not asked.get("allowCredentials")
        assert stranger.post("/login/passkey/", {"passkey": answer}).url == "/login/"
    assert stranger.get("/keys/").status_code == 302
    client = client_for(alice)
    made = client.post("/account/security/passkeys/").json()["publicKey"]
    assert made["authenticatorSelection"]["residentKey"] == "required"
    assert client.post("/account/security/passkeys/", {"passkey": answer}).status_code == 422
    assert not Authenticator.objects.exists()
    assert AuditEvent.objects.filter(what="login.code-wrong").count() == 2


def test_a_member_who_is_switched_off_has_no_way_in_by_passkey(alice, monkeypatch):
    monkeypatch.setattr(passkeys, "answered", lambda *args: alice)
    client = Client()
    assert client.post("/login/passkey/", {"passkey": "x", "next": "//evil.example"}).url == "/"
    assert client.get("/keys/").status_code == 200
    alice.is_active = False
    stranger = Client()
    assert stranger.post("/login/passkey/", {"passkey": "x"}).url == "/login/"
    assert stranger.get("/keys/").status_code == 302


def test_an_address_may_only_ask_so_often(db):
    codes = [Client().post("/login/passkey/").status_code for _ in range(31)]
    assert codes == [200] * 30 + [429]
    assert "Wait" in Client().post("/login/passkey/").json()["problem"]


def test_it_is_bound_to_the_address_that_people_use(client_for, alice, settings):
    client = client_for(alice)
    path = "/account/security/passkeys/"
    assert client.post(path).json()["publicKey"]["rp"] == {"id": "testserver", "name": "viduweb"}
    settings.PUBLIC_URL = "https://studio.example:8443"
    assert client.post(path).json()["publicKey"]["rp"]["id"] == "studio.example"


def test_is_it_still_you_hashes_nothing_longer_than_any_password(client_for, alice):
    client = client_for(alice)
    for length, hashed in ((4097, 0), (4096, 1)):
        given = {"next": "/keys/", "password": "x" * length}
        refused = client.post("/account/confirm/", given)
        assert refused.status_code == 422
        assert re.search(r"<label[^>]*>\s*Password\s*<", refused.text)
        assert AuditEvent.objects.filter(what="password.guessed-wrong").count() == hashed


@pytest.mark.parametrize("answer", ["{}", "[", '{"id": "AA", "rawId": "AA", "type": "public-key"}'])
def test_is_it_still_you_says_what_was_wrong_with_a_passkey(client_for, alice, answer):
    """The form of the passkey has no other field."""
    client = client_for(alice)
    refused = client.post("/account/confirm/", {"next": "/keys/", "passkey": answer})
    assert refused.status_code == 422
    assert AuditEvent.objects.get().what == "login.code-wrong"
    for _ in range(5):
        refused = client.post("/account/confirm/", {"next": "/keys/", "passkey": answer})
    assert refused.status_code == 429
