"""Addresses and texts that no page of ours makes: refused, never an error of the server."""

import base64
import json
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from generation.models import ApiKey, Preset, Subject, User
from tests.factories import make_subject, make_task
from tests.forms.helpers import images_of

PK = "00000000-0000-0000-0000-000000000000"


def cursor(text):
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.fixture
def client(client_for, alice, team_key):
    client = client_for(alice)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("page", ["/", "/tasks/"])
@pytest.mark.parametrize(
    "before",
    [
        "x",
        "%ff",
        "é",
        cursor("nonsense"),
        cursor(f"2026-01-01T00:00:00 {PK}"),
        cursor(f"0001-01-01T00:00:00+14:00 {PK}"),
        cursor(f"9999-12-31T23:59:59-14:00 {PK}"),
        cursor(f"2026-01-01T00:00:00+00:00 {PK} more"),
        cursor("2026-01-01T00:00:00+00:00 none"),
    ],
)
def test_a_crafted_cursor_is_a_bad_request(client, alice, page, before):
    make_task(alice)
    assert client.get(page, {"before": before}).status_code == 400


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
def test_a_cursor_at_the_ends_of_time_is_a_page(client, alice, moment):
    make_task(alice)
    assert client.get("/tasks/", {"before": cursor(f"{moment} {PK}")}).status_code == 200


@pytest.mark.parametrize(
    "at", ["x", "2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
def test_a_crafted_moment_undoes_nothing(client, at):
    assert client.post("/trash/undo/", {"at": at}).status_code == 400


@pytest.mark.parametrize("before", ["9" * 18, "9" * 19, "9" * 4_400, "x", "٥"])
def test_a_crafted_row_of_the_audit_log_is_no_error(client_for, admin, before):
    admins = client_for(admin)
    admins.raise_request_exception = False
    assert admins.get("/team/audit/", {"before": before}).status_code == 200


def test_a_page_that_is_no_address_is_not_come_back_to(client, time_machine):
    time_machine.move_to(timezone.now() + timedelta(minutes=31))
    form = {"label": "Mine", "secret": "vda_secret_0000", "scope": "personal"}
    answer = client.post("/keys/", form, headers={"referer": "http://[::1"})
    assert (answer.status_code, answer.url) == (302, "/account/confirm/?next=%2Fkeys%2F")


@pytest.mark.parametrize("since", ["9" * 400, "-" + "9" * 30, "x", "1_0", "٥", "1.5", "7:9:1"])
def test_a_crafted_revision_is_no_error(client, alice, since):
    make_task(alice)
    assert client.get("/tasks/changes/", {"since": since}).status_code < 500


@pytest.mark.parametrize(
    "page", ["/", "/tasks/", "/tasks/changes/", "/subjects/", "/subjects/rex/", "/keys/",
             "/account/", "/engine/", "/login/", "/setup/", "/nowhere/"]
)  # fmt: skip
@pytest.mark.parametrize(
    "name", ["q", "before", "since", "from", "model", "owner", "next", "whose"]
)
def test_a_nul_in_an_address_is_refused(client, page, name):
    for person in (client, Client(raise_request_exception=False)):
        assert person.get(f"{page}?{name}=a%00b").status_code == 400
        assert person.get(f"{page}?a%00={name}").status_code == 400
        assert 400 <= person.get(f"{page}a{quote(chr(0))}/").status_code < 500


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["username", "password"])
def test_a_nul_at_the_login_is_refused(alice, name):
    form = {"username": "alice", "password": "correct horse battery", name: "a\0b"}
    response = Client(raise_request_exception=False).post("/login/", form)
    assert response.status_code == 422


@pytest.mark.parametrize("name", ["handle", "title", "notes", "voice_id", "visibility",
                                  "image_ids", "image_urls"])  # fmt: skip
def test_a_nul_in_a_subject_is_refused(client, alice, name):
    (image,) = images_of(alice, 1)
    form = {"handle": "rex", "title": "Rex", "image_ids": str(image.pk), name: "a\0b"}
    assert client.post("/subjects/", form).status_code == 422
    assert not Subject.objects.exists()


@pytest.mark.parametrize("name", ["label", "secret", "scope"])
def test_a_nul_in_a_key_is_refused(client, name):
    form = {"label": "Mine", "secret": "vda_secret_0000", "scope": "personal", name: "a\0b"}
    assert client.post("/keys/", form).status_code == 422
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize("name", ["old_password", "new_password1", "new_password2"])
def test_a_nul_in_a_password_is_refused(client, alice, name):
    form = {
        "old_password": "correct horse battery",
        "new_password1": "another horse battery",
        "new_password2": "another horse battery",
        name: "a\0b",
    }
    assert client.post("/account/", form).status_code == 422
    assert User.objects.get().check_password("correct horse battery")


@pytest.mark.parametrize("name", ["again", "send-again", "remote-id", "cancel", "give-up"])
def test_a_nul_in_a_decision_is_no_error(client, alice, name):
    task = make_task(alice, "uncertain")
    data = {"submission": "a\0b", "remote_id": "a\0b"}
    assert client.post(f"/tasks/{task.pk}/{name}/", data).status_code < 500


def test_a_nul_in_who_takes_a_subject_over_is_nobody(client_for, alice):
    subject = make_subject(alice, "rex")
    answer = client_for(alice).post(f"/subjects/{subject.handle}/hand-over/", {"to": "bo\0b"})
    assert answer.status_code == 404
    subject.refresh_from_db()
    assert subject.owner == alice


def test_a_nul_in_who_forgot_a_password_is_nobody(client, alice):
    assert User.objects.called("ali\0ce") is None


def test_halves_of_characters_break_nobodys_pages(client, client_for, bob):
    held = json.dumps({"prompt": ["a\ud800b"], "resolution": ["\ud800"]})
    form = {
        "name": "Broken",
        "scope": "team",
        "model": "viduq2_turbo_img2video",
        "holds": ["prompt"],
    }
    assert client.post("/presets/", form | {"fields_given": held}).status_code == 302
    other = client_for(bob)
    assert "Broken" in other.get("/presets/").content.decode()
    shown = other.get("/", {"preset": str(Preset.objects.get().pk)})
    assert ">ab</textarea>" in shown.content.decode().replace("\n", "")
