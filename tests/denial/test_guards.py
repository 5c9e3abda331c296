"""What every answer carries, and what no form of another site gets past."""

from http.cookies import SimpleCookie

import pytest
from django.conf import settings as given
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver, reverse

from generation.models import ApiKey, Image
from tests.conftest import picture
from tests.views.test_walker import patterns

PASSWORD = "correct horse battery"
KEY = {"label": "Mine", "secret": "vda_of-this-test-1", "scope": "personal"}
CANARY = "CANARY-9f1c-of-an-error-page"


def broken(*args, **kwargs):
    raise RuntimeError(CANARY)


def answers(mine, stranger, monkeypatch):
    """One answer of every kind, by its status."""
    yield 200, mine.get("/subjects/")
    yield 204, mine.get("/tasks/changes/")
    yield 302, stranger.get("/subjects/")
    yield 400, mine.get("/tasks/?q=%00")
    yield 400, mine.get("/", headers={"host": "evil.example"})
    yield 403, Client(enforce_csrf_checks=True).post("/login/", {})
    yield 404, mine.get("/nowhere/")
    yield 405, mine.get("/logout/")
    yield 413, mine.post("/keys/", "x" * 3_000_000, "text/plain")
    yield 413, stranger.post("/login/", "x" * 70_000, "text/plain")
    yield 422, mine.post("/subjects/", {"title": ""})
    monkeypatch.setattr("generation.views.keys.render", broken)
    yield 500, mine.get(f"/keys/?q={CANARY}")


def test_every_kind_of_answer_carries_the_guards(alice, monkeypatch):
    mine, stranger = Client(raise_request_exception=False), Client()
    mine.force_login(alice)
    for status, answer in answers(mine, stranger, monkeypatch):
        what = (status, answer.request["PATH_INFO"])
        assert answer.status_code == status, what
        policy = answer["Content-Security-Policy"]
        assert "default-src 'self'" in policy, what
        assert "frame-ancestors 'none'" in policy, what
        assert "unsafe" not in policy, what
        assert answer["X-Content-Type-Options"] == "nosniff", what
        assert answer["X-Frame-Options"] == "DENY", what
        assert answer["Referrer-Policy"] == "same-origin", what
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", what
        assert "no-store" in answer["Cache-Control"], what
        assert "Server" not in answer, what
        assert "X-Powered-By" not in answer, what
    assert CANARY not in answer.content.decode()
    assert "Traceback" not in answer.content.decode()


def tokens(user):
    """A client that checks as a browser's requests are checked, and a token good for it."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    client.get("/keys/", secure=True)
    return client, client.cookies[given.CSRF_COOKIE_NAME].value


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://testserver"}, 302),
        ({"referer": "https://testserver/keys/"}, 302),
        ({}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://testserver"}, 403),
        ({"referer": "https://testserver.evil.example/keys/"}, 403),
    ],
)
def test_a_token_is_good_from_our_own_pages_alone(alice, headers, status):
    client, token = tokens(alice)
    by_header = headers | {"x-csrftoken": token}
    assert client.post("/keys/", KEY, secure=True, headers=by_header).status_code == status
    assert ApiKey.objects.count() == (status == 302)
    own = {"origin": "https://testserver"}
    assert client.post("/keys/", KEY, secure=True, headers=own).status_code == 403


def test_no_address_takes_a_post_without_a_token(admin):
    """Also those that somebody adds later: whatever has an address is asked."""
    client, _ = tokens(admin)
    values = {"UUIDConverter": "5b0d6f1c-4f55-4a42-8d3f-6a5b1f5f6c01", "IntConverter": 640}
    addresses = ["/admin/generation/user/add/", f"/admin/generation/user/{admin.pk}/change/"]
    for entry in patterns(get_resolver()):
        kinds = entry.pattern.converters.items()
        given_ = {name: values.get(type(kind).__name__, "x") for name, kind in kinds}
        if entry.name and entry.name != "callback":
            addresses.append(reverse(entry.name, kwargs=given_))
    for address in addresses:
        answer = client.post(address, {}, secure=True)
        assert answer.status_code == 403, address
        assert answer.templates[0].name == "errors/csrf.html", address
    assert len(addresses) > 70


def test_a_planted_session_is_not_the_one_that_logs_in(alice):
    """Fixation: neither a session of theirs nor a made-up number becomes that of the victim."""
    attacker = Client()
    session = attacker.session
    session["planted"] = "yes"
    session.save()
    for planted in (session.session_key, "a" * 32):
        victim = Client()
        victim.cookies = SimpleCookie({given.SESSION_COOKIE_NAME: planted})
        assert (
            victim.post("/login/", {"username": "alice", "password": PASSWORD}).status_code == 302
        )
        own = victim.cookies[given.SESSION_COOKIE_NAME].value
        assert own != planted
        assert not Session.objects.filter(pk=planted).exists()
        thief = Client()
        thief.cookies = SimpleCookie({given.SESSION_COOKIE_NAME: planted})
        assert thief.get("/").status_code == 302
    assert victim.get("/").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "../../../../etc/cron.d/x.png",
        "..\\..\\x.png",
        "/etc/passwd",
        "x" * 300 + ".png",
        "\u202egnp.exe",
        "a\"b'c\r\nSet-Cookie: x=1.png",
        "shell.php",
        "page.html",
        ".htaccess",
        "%2e%2e%2fx.png",
    ],
)
def test_no_name_of_an_upload_reaches_the_disk(client_for, alice, settings, name):
    data = picture(format="PNG")
    sent = SimpleUploadedFile("plain.png", data, "text/html")
    sent._name = name
    answer = client_for(alice).post(
        "/uploads/", {"images": sent, "model": "viduq2_turbo_img2video"}
    )
    assert answer.status_code == 200, answer.content
    image = Image.objects.get()
    inside = settings.MEDIA_ROOT / "images" / image.sha256[:2]
    written = [path for path in settings.MEDIA_ROOT.parent.rglob("*") if path.is_file()]
    assert {path.parent for path in written} == {inside}
    assert {path.name[:64] for path in written} == {image.sha256}
    shown = client_for(alice).get(reverse("image", args=[image.pk]))
    assert shown["Content-Type"] == "image/png"
    assert "Set-Cookie" not in shown
    assert "\n" not in shown["Content-Disposition"]


def test_too_many_files_in_one_form_are_refused(client_for, alice, upload):
    files = [upload(f"{n}.jpg") for n in range(given.DATA_UPLOAD_MAX_NUMBER_FILES + 1)]
    answer = client_for(alice).post("/tasks/", {"model": "viduq2_turbo_img2video", "images": files})
    assert answer.status_code == 400
    assert not Image.objects.exists()
