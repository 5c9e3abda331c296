"""Inviting: the link makes one account, once, as it was meant."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from generation.forms.people import SetupForm
from generation.forms.team import AcceptForm
from generation.models import AuditEvent, Invitation, User
from generation.people.invitations import invite

PASSWORD = "correct horse battery"


def account(name="sam", **fields):
    return {
        "username": name,
        "email": f"{name}@example.com",
        "password1": PASSWORD,
        "password2": PASSWORD,
        **fields,
    }


def link_in(response):
    return re.search(r"http://testserver(/invitations/[\w-]+/)", response.content.decode())[1]


@pytest.fixture
def ada(client_for, admin):
    return client_for(admin)


@pytest.fixture
def path(admin):
    _, token = invite(admin, label="Sam")
    return f"/invitations/{token}/"


def test_from_invitation_to_studio(ada, admin):
    form = {"label": "Sam", "email": "sam@example.com", "role": "member"}
    path = link_in(ada.post("/team/invitations/", form))
    sam = Client()
    page = sam.get(path)
    assert page.status_code == 200
    assert 'value="sam@example.com"' in page.content.decode()
    for word in ("username", "email", "new-password"):
        assert f'autocomplete="{word}"' in page.content.decode()
    assert sam.post(path, account()).url == "/"
    assert sam.get("/").status_code == 200
    user = User.objects.get(username="sam")
    assert (user.is_staff, user.is_superuser) == (False, False)
    assert Invitation.objects.get().accepted_by == user
    words = list(AuditEvent.objects.order_by("id").values_list("who", "what"))
    assert words == [(admin.pk, "invitation.made"), (user.pk, "invitation.accepted")]


def test_an_admins_invitation_makes_an_admin_who_is_no_superuser(ada):
    ada.post("/team/invitations/", {"label": "Sam", "role": "admin", "monthly_budget": "50"})
    path = link_in(ada.post("/team/invitations/", {"label": "Zoe", "role": "admin"}))
    zoe = Client()
    zoe.post(path, account("zoe"))
    assert zoe.get("/team/").status_code == 200
    assert not User.objects.get(username="zoe").is_superuser


def test_budget_and_days_go_with_it(ada, time_machine):
    time_machine.move_to("2026-11-21T12:00:00Z", tick=False)
    form = {"label": "Sam", "monthly_budget": "50", "days": "3"}
    path = link_in(ada.post("/team/invitations/", form))
    time_machine.shift(timedelta(days=2, hours=23))
    Client().post(path, account())
    assert User.objects.get(username="sam").monthly_budget == 50


def test_the_link_is_shown_once_and_kept_nowhere(ada, db):
    token = link_in(ada.post("/team/invitations/", {"label": "Sam"})).split("/")[2]
    assert token not in ada.get("/team/").content.decode()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            assert token not in str(cursor.fetchall()), table


def test_it_works_once(path):
    assert Client().post(path, account()).status_code == 302
    for answer in (Client().get(path), Client().post(path, account("tom"))):
        assert answer.status_code == 404
        assert "does not work" in answer.content.decode()
    assert User.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_make_one_account(path):
    def accept(number):
        try:
            return Client().post(path, account(f"sam{number}")).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        codes = sorted(pool.map(accept, range(10)))
    assert codes == [302] + [404] * 9
    assert User.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_invitations_at_once_for_one_name_make_one_account(admin):
    paths = [f"/invitations/{invite(admin, label='Sam')[1]}/" for _ in range(6)]

    def accept(path):
        try:
            return Client().post(path, account(email="")).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        codes = sorted(pool.map(accept, paths))
    assert codes == [302] + [422] * 5
    assert Invitation.objects.open().count() == 5


def test_it_ends_by_time_and_by_an_admin(ada, path, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    ada.post(f"/team/invitations/{Invitation.objects.get().pk}/withdraw/")
    assert Client().post(path, account()).status_code == 404
    late = link_in(ada.post("/team/invitations/", {"label": "Zoe"}))
    time_machine.shift(timedelta(days=7, minutes=1))
    assert Client().post(late, account("zoe")).status_code == 404
    assert User.objects.count() == 1


def test_another_link_ends_the_earlier_one(ada, path):
    fresh = link_in(ada.post(f"/team/invitations/{Invitation.objects.get().pk}/renew/"))
    assert fresh != path
    assert Client().get(path).status_code == 404
    assert Client().post(fresh, account()).status_code == 302


def test_an_accepted_one_is_neither_renewed_nor_withdrawn(ada, path):
    Client().post(path, account())
    pk = Invitation.objects.get().pk
    assert ada.post(f"/team/invitations/{pk}/renew/").status_code == 404
    assert ada.post(f"/team/invitations/{pk}/withdraw/").status_code == 404


@pytest.mark.parametrize("change", [{"role": "member"}, {"active": "0"}])
def test_who_may_no_longer_invite_has_invited_nobody(ada, make_user, change):
    zoe = make_user("zoe", is_staff=True)
    _, token = invite(zoe, label="Sam", role="admin")
    ada.post(f"/team/{zoe.public_id}/", change)
    assert Client().get(f"/invitations/{token}/").status_code == 404


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"password2": "another horse battery"}, "match"),
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"username": "ADA"}, "Somebody has this name"),
        ({"username": "ada@EXAMPLE.com"}, "Somebody has this name"),
        ({"email": "Ada@example.com"}, "Somebody has this e-mail"),
        ({"username": ""}, "required"),
    ],
)
def test_a_refused_account_leaves_the_link_good(path, fields, words):
    answer = Client().post(path, account(**fields))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert PASSWORD not in answer.content.decode()
    assert Client().post(path, account()).status_code == 302


@pytest.mark.parametrize("form", [AcceptForm, SetupForm])
def test_a_bad_password_is_said_where_it_was_chosen(db, form):
    refused = form(account(password1="short", password2="short", token="x"))
    assert "too short" in refused.errors["password1"][0]
    assert "password2" not in refused.errors
    other = form(account(password2="another horse battery", token="x"))
    assert "match" in other.errors["password2"][0]


def test_of_name_and_email_one_is_asked_for(ada):
    html = ada.get("/team/").content.decode()
    dialog = html[html.index('id="invite-title"') :]
    labels = re.findall(r"<label for=\"id_(\w+)\">(.*?)</label>", dialog, re.DOTALL)
    said = {name: re.findall(r"one of the two|optional", words) for name, words in labels}
    assert said["label"] == said["email"] == ["one of the two"]
    assert said["days"] == []


def test_who_is_logged_in_is_told_so_and_takes_nothing(client_for, alice, path):
    answer = client_for(alice).post(path, account())
    assert "You have an account already" in answer.content.decode()
    assert Client().post(path, account()).status_code == 302


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "Enter a name or an e-mail"),
        ({"email": "nonsense"}, "valid email"),
        ({"email": "ADA@example.com"}, "Somebody of the team"),
        ({"label": "Sam", "role": "owner"}, "not one of the available"),
        ({"label": "Sam", "monthly_budget": "-1"}, "cannot be below 0"),
        ({"label": "Sam", "days": "9999"}, "not one of the available"),
    ],
)
def test_a_wrong_invitation_is_422_and_keeps_what_was_typed(ada, form, words):
    answer = ada.post("/team/invitations/", {"label": "", **form})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert form.get("label", "") in answer.content.decode()
    assert not Invitation.objects.exists()


def test_with_a_mail_server_it_is_sent(ada, settings, mailoutbox):
    settings.SENDS_MAIL = True
    answer = ada.post("/team/invitations/", {"label": "Sam", "email": "sam@example.com"})
    (mail,) = mailoutbox
    assert mail.to == ["sam@example.com"]
    assert link_in(answer) in mail.body
    assert "Sent to sam@example.com" in answer.content.decode()
    pk = Invitation.objects.get().pk
    ada.post(f"/team/invitations/{pk}/renew/")
    assert mailoutbox[1].body != mail.body


def test_when_the_mail_server_fails_the_link_is_there_to_copy(ada, settings):
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 1
    answer = ada.post("/team/invitations/", {"label": "Sam", "email": "sam@example.com"})
    assert link_in(answer)
    assert "could not be sent" in answer.content.decode()
    assert Invitation.objects.get().sent_at is None


def test_the_link_has_the_public_address(ada, settings):
    settings.PUBLIC_URL = "https://studio.example"
    page = ada.post("/team/invitations/", {"label": "Sam"}).content.decode()
    assert "https://studio.example/invitations/" in page


def test_no_token_reaches_a_log():
    from generation.redaction import redact

    assert "abcDEF_123-xyz" not in redact("GET /invitations/abcDEF_123-xyz/ 200")
