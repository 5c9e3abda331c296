"""A forgotten password: a link that works once, and tells nobody who is here."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from generation import jobs
from generation.models import AuditEvent
from generation.people import members, password_reset
from generation.redaction import redact

PASSWORD, FRESH = "correct horse battery", "staple orbit seven"
NEW = {"new_password1": FRESH, "new_password2": FRESH}


@pytest.fixture(autouse=True)
def mailing(settings):
    settings.SENDS_MAIL, settings.PUBLIC_URL = True, "https://studio.example"


@pytest.fixture
def woken(monkeypatch):
    """What was put into the queue."""
    found = []
    monkeypatch.setattr(password_reset, "wake", lambda job, *args: found.append((job, *args)))
    return found


def ask(name):
    return Client().post("/password/forgotten/", {"username": name})


def test_from_asking_to_logging_in(alice, woken, mailoutbox):
    assert 'autocomplete="username"' in Client().get("/password/forgotten/").text
    assert ask("ALICE@example.com").url == "/login/"
    ((job, pk),) = woken
    getattr(jobs, job.rpartition(".")[2])(pk)
    (mail,) = mailoutbox
    assert mail.to == ["alice@example.com"]
    path = re.search(r"https://studio\.example(/password/\S+)", mail.body)[1]
    assert Client().get(path).status_code == 200
    assert Client().post(path, NEW).url == "/login/"
    answer = Client().post("/login/", {"username": "alice", "password": FRESH})
    assert answer.status_code == 302
    assert AuditEvent.objects.filter(what="password.reset", target="alice").exists()


def test_known_and_unknown_names_get_the_same_answer(alice, make_user, woken):
    make_user("off", is_active=False)
    answers = [ask(name) for name in ("alice", "nobody", "off")]
    assert {(one.status_code, one.url) for one in answers} == {(302, "/login/")}
    assert [job for job, _ in woken] == [password_reset.JOB] * 3


def test_nobody_and_the_disabled_get_no_mail(alice, mailoutbox):
    members.disable(alice, alice)
    for pk in (alice.pk, password_reset.NOBODY, 999):
        password_reset.mail(pk)
    assert mailoutbox == []


def test_the_link_works_once_and_ends_every_session(client_for, alice):
    there, path = client_for(alice), password_reset.path_for(alice)
    assert Client().post(path, NEW).status_code == 302
    assert there.get("/").status_code == 302
    for answer in (Client().get(path), Client().post(path, NEW)):
        assert answer.status_code == 404


def test_the_link_ends_after_an_hour(alice, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    path = password_reset.path_for(alice)
    time_machine.shift(timedelta(minutes=61))
    assert Client().get(path).status_code == 404


def test_the_link_ends_with_a_login_and_with_the_account(alice):
    path = password_reset.path_for(alice)
    Client().post("/login/", {"username": "alice", "password": PASSWORD})
    assert Client().get(path).status_code == 404
    alice.refresh_from_db()
    path = password_reset.path_for(alice)
    members.disable(alice, alice)
    assert Client().post(path, NEW).status_code == 404


def test_the_link_of_one_is_none_of_another(alice, bob):
    token = password_reset.path_for(alice).split("/")[3]
    assert Client().get(f"/password/{bob.public_id}/{token}/").status_code == 404


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"new_password1": FRESH, "new_password2": "other"}, "match"),
        ({"new_password1": "short", "new_password2": "short"}, "too short"),
        ({}, "required"),
    ],
)
def test_a_refused_password_leaves_the_link_good(alice, form, words):
    path = password_reset.path_for(alice)
    answer = Client().post(path, form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Client().post(path, NEW).status_code == 302


@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_asking_has_a_limit(alice, woken, name):
    assert [ask(name).status_code for _ in range(7)] == [302] * 5 + [429] * 2
    assert len(woken) == 5


def test_the_link_is_in_no_table_and_no_log(alice, mailoutbox):
    ask("alice")
    password_reset.mail(alice.pk)
    token = re.search(r"/password/[0-9a-f-]{36}/(\S+)/", mailoutbox[0].body)[1]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            assert token not in str(cursor.fetchall()), table
    assert token not in redact(f"GET {password_reset.path_for(alice)} 200")


@pytest.mark.parametrize("off", ["SENDS_MAIL", "PUBLIC_URL"])
def test_without_mail_or_address_an_admin_makes_the_link(alice, admin, client_for, settings, off):
    setattr(settings, off, "")
    assert ask("alice").status_code == 404
    assert "admin of your team" in Client().get("/login/").content.decode()
    page = client_for(admin).post(f"/team/{alice.public_id}/password/").content.decode()
    host = settings.PUBLIC_URL or "http://testserver"
    path = re.search(rf"{host}(/password/[^<\s]+)", page)[1]
    assert Client().post(path, NEW).status_code == 302
    assert AuditEvent.objects.filter(who=admin, what="password.link-made").exists()


def test_an_admin_takes_over_nobody_who_may_do_more(admin, make_user, client_for):
    zoe = client_for(make_user("zoe", is_staff=True))
    assert zoe.post(f"/team/{admin.public_id}/password/").status_code == 404
    assert "new password" not in zoe.get(f"/team/{admin.public_id}/").content.decode()


def test_a_mail_server_that_fails_breaks_no_worker(alice, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 1
    password_reset.mail(alice.pk)
