"""First run, login, password, keys, subjects."""

import re
from io import StringIO

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from generation import first_run
from generation.models import ApiKey, AuditEvent, Subject, User
from generation.sandbox.server import running_server
from tests.factories import make_key, make_subject, make_task
from tests.forms.helpers import upload

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _fresh_cache(db):
    cache.clear()


def filled_in(page):
    """What browsers and password managers may fill into the fields of a page, by name."""
    tags = re.findall(r"<input\b[^>]*>", page.content.decode())
    words = [
        [re.search(rf'\b{a}="([^"]*)"', tag) for a in ("name", "autocomplete")] for tag in tags
    ]
    return {name[1]: value[1] for name, value in words if name and value}


# First run


def setup_form(token, **fields):
    return {
        "token": token,
        "username": "ada",
        "email": "ada@example.com",
        "password1": PASSWORD,
        "password2": PASSWORD,
        **fields,
    }


def test_without_users_every_page_leads_to_the_setup(client, db):
    assert client.get("/").url == reverse("setup")
    assert client.get("/login/").url == reverse("setup")


def test_the_printed_link_makes_the_first_admin_and_logs_in(client, db):
    link = first_run.setup_address("http://testserver")
    assert filled_in(client.get(link)) == {
        "username": "username", "email": "email", "password1": "new-password", "password2": "new-password",
    }  # fmt: skip
    token = link.split("token=")[1]
    assert client.post("/setup/", setup_form(token)).url == "/"
    user = User.objects.get()
    assert user.is_staff
    assert user.is_superuser
    assert client.get("/").status_code == 200
    assert client.get("/setup/").status_code == 404
    assert not (first_run._token_file()).exists()


def test_without_the_token_nobody_takes_over(client, db):
    first_run.setup_address("http://testserver")
    response = client.post("/setup/", setup_form("guessed"))
    assert response.status_code == 422
    assert not User.objects.exists()


@pytest.mark.parametrize("token", ["", None])
def test_no_token_is_right_while_none_is_kept(db, token):
    """The file is just being written, or another has used it since this request began."""
    if token is not None:
        first_run._token_file().write_text(token)
    assert not first_run.token_is_right("")
    assert not first_run.token_is_right(" ")
    assert first_run.setup_address("http://testserver").partition("token=")[2]


def test_setup_is_gone_once_anybody_exists(client, alice):
    first_run._token_file().write_text("token")
    assert client.post("/setup/", setup_form("token")).status_code == 404


def test_sandbox_key_is_made_once(db):
    first_run.ensure_sandbox_key()
    first_run.ensure_sandbox_key()
    key = ApiKey.objects.get()
    assert key.reveal().startswith("sandbox-")
    assert key.owner is None


def test_sandbox_key_is_not_used_with_a_real_gateway(alice, settings):
    first_run.ensure_sandbox_key()
    assert ApiKey.objects.usable_by(alice).exists()
    settings.SANDBOX = False
    assert not ApiKey.objects.usable_by(alice).exists()


# Login


@pytest.mark.parametrize("name", ["alice", "alice@example.com", "ALICE@example.com"])
def test_login_by_name_or_email(client, alice, name):
    page = client.get("/login/")
    assert filled_in(page) == {"username": "username", "password": "current-password"}
    before = client.session.session_key
    response = client.post("/login/", {"username": name, "password": PASSWORD})
    assert response.status_code == 302
    assert client.session.session_key != before


def test_wrong_password_says_so(client, alice):
    response = client.post("/login/", {"username": "alice", "password": "wrong"})
    assert response.status_code == 422
    assert b"Name or password is wrong" in response.content


def test_five_wrong_passwords_lock_that_name_only(client, alice, bob):
    for _ in range(5):
        client.post("/login/", {"username": "alice", "password": "wrong"})
    right = {"username": "alice", "password": PASSWORD}
    assert client.post("/login/", right).status_code == 429
    assert client.post("/login/", {"username": "bob", "password": PASSWORD}).status_code == 302


def test_login_never_leads_to_another_site(client, alice):
    data = {"username": "alice", "password": PASSWORD}
    assert client.post("/login/?next=https://evil.example/", data).url == "/"


def test_logout_ends_the_session(client_for, alice):
    client = client_for(alice)
    client.post("/logout/")
    assert client.get("/").status_code == 302


def test_the_account_page_begins_at_its_top(client_for, alice):
    page = client_for(alice).get(reverse("account"))
    assert "autofocus" not in page.content.decode()
    assert filled_in(page) == {
        "first_name": "name", "old_password": "current-password",
        "new_password1": "new-password", "new_password2": "new-password",
    }  # fmt: skip


def test_a_new_password_ends_other_sessions(client_for, alice):
    here, there = client_for(alice), client_for(alice)
    response = here.post(
        "/account/",
        {
            "old_password": PASSWORD,
            "new_password1": "staple-8-orbit",
            "new_password2": "staple-8-orbit",
        },
    )
    assert response.status_code == 302
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 302


def test_forms_need_their_token(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post("/tasks/", {}).status_code == 403
    page = client.get("/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    assert client.post("/composer/", headers={"x-csrftoken": token}).status_code == 200
    foreign = {"x-csrftoken": token, "origin": "https://evil.example"}
    assert client.post("/composer/", headers=foreign).status_code == 403


# Keys


def test_a_member_adds_a_personal_key_that_nobody_reads_again(client_for, alice):
    client = client_for(alice)
    data = {"label": "Mine", "secret": " vda_CANARY_9876 ", "scope": "personal"}
    assert client.post("/keys/", data).status_code == 302
    key = ApiKey.objects.get()
    assert (key.owner, key.last_four, key.reveal()) == (alice, "9876", "vda_CANARY_9876")
    assert "CANARY" not in key.secret
    html = client.get("/keys/").content.decode()
    assert "9876" in html
    assert "CANARY" not in html
    assert AuditEvent.objects.get().what == "key.added"


def test_members_add_no_team_keys(client_for, alice):
    data = {"label": "Team", "secret": "vda_team_12345", "scope": "team"}
    assert client_for(alice).post("/keys/", data).status_code == 422
    assert not ApiKey.objects.exists()


def test_a_secret_is_not_typed_back_into_a_refused_form(client_for, alice):
    data = {"label": "", "secret": "vda_CANARY_9876", "scope": "personal"}
    response = client_for(alice).post("/keys/", data)
    assert response.status_code == 422
    assert b"CANARY" not in response.content


def test_admins_manage_team_keys_but_only_know_of_personal_ones(client_for, admin, alice):
    personal, team = make_key(alice, "Alices own"), make_key(None, "Studio key")
    client = client_for(admin)
    html = client.get("/keys/").content.decode()
    assert "Alices own" in html
    assert client.post(reverse("key-active", args=[personal.pk])).status_code == 404
    assert client.post(reverse("key-active", args=[team.pk])).status_code == 302
    team.refresh_from_db()
    assert not team.active


def test_a_key_with_tasks_in_flight_is_not_deleted(client_for, alice):
    key = make_key(alice)
    task = make_task(alice, "processing", key=key)
    client_for(alice).post(reverse("key-delete", args=[key.pk]))
    assert ApiKey.objects.exists()
    type(task).objects.update(state="completed")
    client_for(alice).post(reverse("key-delete", args=[key.pk]))
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    ("secret", "sentence", "role"),
    [("sandbox-good-1", "accepts it", "status"), ("vda_wrong_key_1", "refuses it", "alert")],
)
def test_testing_a_key_asks_the_gateway(client_for, alice, settings, secret, sentence, role):
    key = make_key(alice, secret=secret)
    with running_server() as server:
        settings.GATEWAY_URL = server.base_url
        html = client_for(alice).post(reverse("key-test", args=[key.pk]), follow=True)
    regions = re.split(r'<div id="toast-\w+" role="(\w+)"', html.content.decode())
    said = dict(zip(regions[1::2], regions[2::2], strict=True))
    assert [heard for heard in ("alert", "status") if sentence in said[heard]] == [role]
    assert secret not in html.content.decode()
    assert f"…{secret[-4:]}" in html.content.decode()
    assert ("Never used" if role == "alert" else "Last worked") in html.content.decode()
    ApiKey.objects.update(last_used_at=timezone.now())
    assert "Last worked" in client_for(alice).get("/keys/").content.decode()


def test_a_secret_moved_to_another_row_does_not_open(alice):
    from generation.models.secrets import SecretUnreadable

    one, other = make_key(alice), make_key(alice)
    other.secret = one.secret
    with pytest.raises(SecretUnreadable):
        other.reveal()


def test_keys_survive_a_rotation(alice, settings):
    from cryptography.fernet import Fernet
    from django.core.management import call_command

    key, fresh = make_key(alice), Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [fresh, *settings.ENCRYPTION_KEYS]
    call_command("rotate_encryption_keys", stdout=StringIO())
    settings.ENCRYPTION_KEYS = [fresh]
    key.refresh_from_db()
    assert key.reveal() == "vda_secret_0000"


# Subjects


def subject_form(**fields):
    data = {"handle": "anna", "title": "Anna", "notes": "", "voice_id": "", "visibility": "team"}
    return {**data, "images": [upload(1), upload(2)], **fields}


def test_a_subject_is_made_with_its_images(client_for, alice):
    response = client_for(alice).post("/subjects/", subject_form(voice_id="English_CalmWoman"))
    assert response.status_code == 302
    subject = Subject.objects.get()
    assert (subject.owner, subject.images.count(), subject.voice_id) == (
        alice,
        2,
        "English_CalmWoman",
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"handle": "Anna!"}, "small letters"),
        ({"images": []}, "1 to 3 images"),
        ({"images": [upload(n) for n in range(4)]}, "1 to 3 images"),
        ({"images": [upload(1, width=100, height=80)]}, "128"),
        ({"title": ""}, "required"),
    ],
)
def test_a_wrong_subject_is_422_beside_its_field(client_for, alice, fields, words):
    response = client_for(alice).post("/subjects/", subject_form(**fields))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Subject.objects.exists()


@pytest.mark.parametrize("path", ["/subjects/", "/subjects/anna/"])
def test_an_empty_subject_is_422_beside_each_field(client_for, alice, path):
    make_subject(alice, "anna")
    response = client_for(alice).post(path)
    html = response.content.decode()
    assert response.status_code == 422
    for field in ("handle", "title", "images"):
        assert f'id="id_{field}_error"' in html
    assert Subject.objects.get().images.exists()


@pytest.mark.parametrize("path", ["/keys/", "/account/"])
def test_other_empty_forms_are_422_too(client_for, alice, path):
    response = client_for(alice).post(path)
    assert response.status_code == 422
    assert "This field is required" in response.content.decode()


def test_images_of_a_refused_subject_are_kept(client_for, alice):
    html = client_for(alice).post("/subjects/", subject_form(handle="")).content.decode()
    kept = re.findall(r'name="image_ids"[^>]*value="([0-9a-f-]{36})"', html)
    assert len(kept) == 2
    data = subject_form(images=[], image_ids=kept)
    assert client_for(alice).post("/subjects/", data).status_code == 302


def test_a_handle_is_unique_in_the_team(client_for, alice, bob):
    make_subject(bob, "anna")
    assert client_for(alice).post("/subjects/", subject_form()).status_code == 422


def test_a_later_edit_changes_no_old_task(client_for, alice, team_key):
    from generation.models import Task

    client = client_for(alice)
    client.post("/subjects/", subject_form())
    client.post(
        "/tasks/",
        {"model": "viduq2_pro_fast_reference2video", "prompt": "@anna waves", "subjects": "anna"},
    )
    task = Task.objects.get()
    before = [given.image_id for given in task.images.all()]
    edit = subject_form(title="Anne", images=[upload(9)], kept=[])
    assert client.post("/subjects/anna/", edit).status_code == 302
    assert [given.image_id for given in Task.objects.get().images.all()] == before
    assert task.subjects.get().title == "Anna"


def test_only_owner_and_admins_edit_a_subject(client_for, alice, bob, admin):
    make_subject(alice, "anna")
    assert client_for(bob).get("/subjects/anna/").status_code == 200
    assert client_for(bob).post("/subjects/anna/", subject_form()).status_code == 404
    assert client_for(admin).post("/subjects/anna/", subject_form()).status_code == 302
