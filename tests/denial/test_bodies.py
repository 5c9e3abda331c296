"""How large a body may be, by address and by who sends it."""

import json
from io import BytesIO

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory

from generation import bodies
from generation.bodies import MEMBER, PICTURE, STRANGER, TEXT, most_bytes

pytestmark = pytest.mark.django_db


class Untouched(BytesIO):
    def read(self, *args):
        raise AssertionError("not a byte of it may be read")

    readline = read


def post(client, path, size, **headers):
    kind = "multipart/form-data; boundary=x"
    request = {"wsgi.input": Untouched(), "CONTENT_LENGTH": str(size), "CONTENT_TYPE": kind}
    return client.generic("POST", path, b"", **request, **headers)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/login/", 413),
        ("/nowhere/", 413),
        ("/callbacks/x/", 413),
        ("/account/", 302),
        ("/tasks/", 302),
    ],
)
def test_strangers_may_send_little(client, alice, path, status):
    answer = post(client, path, STRANGER + 1)

    assert answer.status_code == status
    assert status == 413 or answer["Location"] == f"/login/?next={path}"


def test_an_upload_of_an_ended_session_leads_to_the_login(client, alice):
    answer = post(client, "/tasks/", STRANGER + 1, HTTP_HX_REQUEST="true")

    assert answer.status_code == 204
    assert answer["HX-Redirect"].startswith("/login/")


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/keys/", MEMBER),
        ("/account/", PICTURE),
        ("/composer/", TEXT),
        ("/tasks/", 360 * 1024 * 1024),
    ],
)
def test_members_may_send_what_the_address_is_for(alice, client_for, path, most):
    answer = post(client_for(alice), path, most + 1)

    assert answer.status_code == 413
    assert "too large" in answer.content.decode().lower()
    with pytest.raises(AssertionError, match="not a byte"):
        post(client_for(alice), path, most)


def test_only_posts_have_bodies(alice, client_for):
    request = {"wsgi.input": Untouched(), "CONTENT_LENGTH": str(STRANGER + 1)}

    assert client_for(alice).generic("PUT", "/tasks/", b"", **request).status_code == 413


def test_a_length_that_is_none_is_refused(client):
    assert post(client, "/login/", "many").status_code == 400


@pytest.mark.parametrize("path", ["/tasks/", "/subjects/", "/account/", "/callbacks/x/"])
def test_the_server_asks_the_same_before_it_keeps_anything(alice, client_for, path):
    cookie = client_for(alice).cookies["sessionid"].value
    stranger = RequestFactory().post(path).environ
    member = RequestFactory().post(path, HTTP_COOKIE=f"sessionid={cookie}").environ

    assert most_bytes(stranger) == STRANGER
    assert (
        most_bytes(member)
        == {
            "/tasks/": 360 * 1024 * 1024,
            "/subjects/": 360 * 1024 * 1024,
            "/account/": PICTURE,
            "/callbacks/x/": STRANGER,
        }[path]
    )


@pytest.mark.parametrize("value", ["", "nonsense", "x" * 5000])
def test_a_cookie_of_nobody_is_a_stranger(value):
    request = RequestFactory().post("/tasks/", HTTP_COOKIE=f"sessionid={value}")

    assert most_bytes(request.environ) == STRANGER


def test_a_disabled_member_is_a_stranger(alice, client_for):
    cookie = client_for(alice).cookies["sessionid"].value
    alice.is_active = False
    alice.save()

    request = RequestFactory().post("/tasks/", HTTP_COOKIE=f"sessionid={cookie}")

    assert SessionStore(cookie).load()
    assert most_bytes(request.environ) == STRANGER


def test_the_longest_payload_is_read_however_it_is_sent(alice, client_for, team_key):
    """1,048,576 characters of four bytes, as a form without files sends them."""
    payload = json.dumps({"x": "🎬" * 1_048_000}, ensure_ascii=False)
    fields = {"model": "viduq2_turbo_img2video", "prompt": "x", "payload": payload}
    from urllib.parse import urlencode

    body = urlencode(fields)
    assert 12_000_000 < len(body) < bodies.TEXT
    kind = "application/x-www-form-urlencoded"

    for path, status in (("/tasks/", 422), ("/composer/", 200)):
        assert client_for(alice).post(path, body, content_type=kind).status_code == status
