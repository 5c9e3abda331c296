"""Where somebody is logged in, how long, and when they are asked again who they are."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from generation.models import ApiKey, AuditEvent, Invitation
from generation.people import confirming, sessions
from tests.factories import make_key

PASSWORD = "correct horse battery"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1"


@pytest.fixture
def later(time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    return lambda minutes: time_machine.shift(timedelta(minutes=minutes))


def logged_in(name="alice", **extra):
    client = Client(**extra)
    assert client.post("/login/", {"username": name, "password": PASSWORD}).status_code == 302
    return client


def page(client):
    return client.get("/account/security/").content.decode()


def test_the_list_says_device_address_and_which_one_this_is(alice, bob, django_assert_num_queries):
    logged_in("bob", REMOTE_ADDR="203.0.113.77")
    here = logged_in(
        REMOTE_ADDR="192.0.2.1", HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux) Firefox/140.0"
    )
    phone = logged_in(REMOTE_ADDR="192.0.2.2", HTTP_USER_AGENT=PHONE)
    for words in ("Firefox on Linux", "192.0.2.1", "Safari on iPhone", "192.0.2.2", "This device"):
        assert words in page(here)
    assert "203.0.113.77" not in page(here)
    with django_assert_num_queries(5):
        here.get("/account/security/")
    for _ in range(5):
        logged_in()
    with django_assert_num_queries(5):
        here.get("/account/security/")
    assert phone.get("/").status_code == 200


def test_one_device_or_all_others_are_logged_out(alice, bob):
    here, phone, third, stranger = logged_in(), logged_in(), logged_in(), logged_in("bob")
    row = UserSession.objects.get(session_key=phone.session.session_key)
    stranger.post("/account/security/devices/", {"session": row.pk})
    for wrong in ("", "x", "٣", "9" * 30, "-1"):
        here.post("/account/security/devices/", {"session": wrong})
    assert phone.get("/").status_code == 200
    here.post("/account/security/devices/", {"session": row.pk})
    assert [c.get("/").status_code for c in (here, phone, third)] == [200, 302, 200]
    here.post("/account/security/devices/", {"others": "1"})
    assert [c.get("/").status_code for c in (here, third, stranger)] == [200, 302, 200]
    assert AuditEvent.objects.filter(what="session.ended", who=alice).count() == 2


def test_a_new_password_leaves_the_own_device_in_the_list_alone(alice):
    here, _ = logged_in(), logged_in()
    new = {"new_password1": "staple-8-orbit", "new_password2": "staple-8-orbit"}
    here.post("/account/", new | {"old_password": PASSWORD})
    assert [place.session_key for place in UserSession.objects.all()] == [here.session.session_key]
    assert Session.objects.count() == 1
    assert "This device" in page(here)


def test_being_switched_off_takes_the_rows_too(client_for, alice, admin):
    logged_in()
    client_for(admin).post(f"/team/{alice.public_id}/", {"active": "0"})
    assert not UserSession.objects.filter(user=alice).exists()
    assert Session.objects.count() == 1


BY_ITSELF = {"hx-request": "true", "x-by-itself": "1"}
"""As polling.js sends it with what a page asks without anybody."""


def test_nothing_done_for_too_long_ends_it_whatever_a_page_asks_by_itself(alice, settings, later):
    settings.IDLE_MINUTES = 30
    client = logged_in()
    for _ in range(3):
        later(20)
        assert client.get("/keys/").status_code == 200
    for _ in range(2):
        later(14)
        assert client.get("/tasks/changes/", headers=BY_ITSELF).status_code == 204
        assert client.get("/account/security/", headers=BY_ITSELF).status_code == 200
    later(5)
    gone = client.get("/tasks/changes/", headers=BY_ITSELF)
    assert gone["HX-Redirect"].startswith("/login/")
    assert client.get("/keys/").status_code == 302
    assert AuditEvent.objects.filter(what="login.idle", who=alice).count() == 1


def test_activity_is_written_once_a_minute(alice, later, django_assert_num_queries):
    client = logged_in()
    client.get("/account/security/")
    with django_assert_num_queries(5) as asked:
        client.get("/account/security/")
    assert not [q for q in asked if not q["sql"].startswith("SELECT")]
    later(2)
    client.get("/account/security/")
    assert UserSession.objects.get().last_seen_at == timezone.now()


def test_a_session_of_before_the_list_goes_on_and_gets_into_it(client_for, alice):
    client = client_for(alice)
    session = client.session
    for name in (sessions.ACTIVE_AT, sessions.CONFIRMED_AT):
        del session[name]
    session.save()
    UserSession.objects.all().delete()
    assert client.get("/keys/").status_code == 200
    assert UserSession.objects.get().user == alice


def test_rows_of_sessions_that_are_gone_are_swept(alice, later):
    logged_in()
    later(60 * 24 * 15)
    sessions.sweep()
    assert not UserSession.objects.exists()
    assert not Session.objects.exists()


KEY = {"label": "Late", "secret": "vda_CANARY_kept_form_1", "scope": "personal"}


def confirm(client, **given):
    return client.post("/account/confirm/", {"next": "/keys/", **given})


def test_a_form_that_was_sent_late_is_done_once_it_is_confirmed(alice, later):
    client = logged_in()
    later(31)
    asked = client.post("/keys/", KEY)
    assert asked.url == "/account/confirm/?next=%2Fkeys%2F"
    assert "is kept" in client.get(asked.url).content.decode()
    assert not ApiKey.objects.exists()
    stored = Session.objects.get(pk=client.session.session_key).get_decoded()
    assert "CANARY" not in repr(stored)
    asking = client.get(asked.url).content.decode()
    assert asking.count(" autofocus") == 1
    assert " autofocus" in asking.split('name="password"')[1].split(">")[0]
    wrong = confirm(client, password="wrong horse battery")
    assert wrong.status_code == 422
    assert "CANARY" not in wrong.content.decode()
    done = confirm(client, password=PASSWORD)
    assert (done.status_code, done.url) == (302, "/keys/")
    assert ApiKey.objects.get().reveal() == KEY["secret"]
    assert "Late" in client.get("/keys/").content.decode()
    confirm(client, password=PASSWORD)
    assert ApiKey.objects.count() == 1


def test_what_is_refused_then_can_be_sent_again_from_there(client_for, admin, alice, later):
    client = client_for(admin)
    later(31)
    client.post("/keys/", KEY | {"label": ""})
    refused = confirm(client, password=PASSWORD)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert 'action="/keys/"' in page
    assert "id_label_error" in page
    later(31)
    client.post(f"/team/{alice.public_id}/", {"monthly_budget": "much"})
    assert (
        f'action="/team/{alice.public_id}/"' in confirm(client, password=PASSWORD).content.decode()
    )
    later(31)
    person = f"/admin/generation/user/{alice.pk}/change/"
    client.post(person, {"username": ""})
    assert confirm(client, password=PASSWORD).url == person
    assert "Enter it again" in client.get(person).content.decode()


def test_what_is_asked_for_again(client_for, alice, admin, later):
    client = client_for(admin)
    key = make_key(admin)
    later(31)
    person = f"/admin/generation/user/{alice.pk}/change/"
    posts = [
        "/keys/", f"/keys/{key.pk}/active/", f"/keys/{key.pk}/limit/", f"/keys/{key.pk}/delete/",
        "/team/invitations/", f"/team/{alice.public_id}/", f"/team/{alice.public_id}/password/",
        f"/team/{alice.public_id}/hand-over/", f"/team/{alice.public_id}/factors/",
        "/account/security/codes/", "/account/security/passkeys/", "/account/security/1/remove/", person,
    ]  # fmt: skip
    gets = [
        "/usage/export.csv",
        "/usage/export.json",
        "/team/audit/export.csv",
        "/account/security/app/",
    ]
    answers = [client.post(path) for path in posts] + [client.get(path) for path in gets]
    for path, answer in zip(posts + gets, answers, strict=True):
        assert answer.headers.get("Location", "").startswith("/account/confirm/"), path
    assert client.post("/keys/", KEY, headers={"hx-request": "true"})["HX-Redirect"]
    for path in ("/keys/", "/team/", "/account/security/", person):
        assert client.get(path).status_code == 200
    assert not Invitation.objects.exists()


def test_a_role_given_late_is_given_and_the_page_comes_back(client_for, admin, alice, later):
    client = client_for(admin)
    later(31)
    person = f"/admin/generation/user/{alice.pk}/change/"
    form = {"username": "alice", "email": alice.email, "is_active": "on", "is_staff": "on"}
    form |= {"default_visibility": "team", "first_name": "", "last_name": "", "monthly_budget": ""}
    client.post(person, form)
    assert confirm(client, password=PASSWORD).url == "/admin/generation/user/"
    alice.refresh_from_db()
    assert alice.is_staff


def test_an_export_leads_back_to_its_page(client_for, admin, later):
    client = client_for(admin)
    later(31)
    path = "/usage/?by=model"
    asked = client.get("/usage/export.csv", headers={"referer": f"http://testserver{path}"})
    assert asked.url == "/account/confirm/?next=%2Fusage%2F%3Fby%3Dmodel"
    done = client.post("/account/confirm/", {"next": path, "password": PASSWORD})
    assert done.url == path
    assert client.get("/usage/export.csv").status_code == 200


@pytest.mark.parametrize(
    "to", ["//evil.example/", "https://evil.example/", "javascript:x", "\\\\e"]
)
def test_it_leads_to_no_other_site(client_for, alice, later, to):
    client = client_for(alice)
    later(31)
    answer = client.post("/account/confirm/", {"next": to, "password": PASSWORD})
    assert answer.url == "/"
    assert to not in client.get("/account/confirm/", {"next": to}).headers.get("Location", "")


def test_what_was_kept_ends_and_belongs_to_one_member(client_for, alice, later):
    client = client_for(alice)
    later(31)
    client.post("/keys/", KEY)
    later(16)
    assert confirm(client, password=PASSWORD).url == "/keys/"
    later(31)
    client.post("/keys/", KEY | {"label": "x" * confirming.MOST})
    confirm(client, password=PASSWORD)
    assert not ApiKey.objects.exists()


def test_guesses_there_are_counted(client_for, alice, later):
    client = client_for(alice)
    later(31)
    codes = [confirm(client, password=f"wrong {n}").status_code for n in range(7)]
    assert codes == [422] * 5 + [429] * 2
    assert confirm(client, password=PASSWORD).status_code == 429


def test_zero_asks_nobody(client_for, alice, later, settings):
    settings.CONFIRM_MINUTES = 0
    client = client_for(alice)
    later(600)
    assert client.post("/keys/", KEY).url == "/keys/"
