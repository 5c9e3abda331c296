"""Every address there is: who may see it, and who may not.

A new view without a place among the kinds (kinds.py) fails the first test.
"""

import re
from uuid import uuid4

import pytest
from django.contrib.contenttypes.models import ContentType
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from generation.admin import site
from generation.gallery.sharing import Wish, share
from generation.models import (
    Alert,
    ApiKey,
    AuditEvent,
    Bill,
    BulkJob,
    Collection,
    Comment,
    Output,
    Preset,
    SavedSearch,
    Snippet,
    Subject,
    Task,
    TaskEvent,
    User,
    Webhook,
)
from generation.people.invitations import invite
from tests.factories import make_key, make_output, make_subject, make_task
from tests.forms.helpers import images_of

from .kinds import (
    ADMIN_OBJECTS,
    ADMINS,
    LEADS_ON,
    LEADS_TO_THE_GALLERY,
    MEMBERS,
    OF_COLLEAGUES,
    OF_OBJECTS,
    OF_ONESELF,
    OF_PEOPLE,
    POST_ONLY,
    PUBLIC,
    WITH_KEPT_SELECTION,
    WITH_TOKEN,
)

SITE = list(site._registry)
SITE_PAGES = {
    "index", "login", "logout", "password_change", "password_change_done", "autocomplete", "jsi18n",
    "view_on_site", "app_list", "auth_user_password_change",
}  # fmt: skip
MODEL_PAGES = {"changelist", "add", "history", "delete", "change"}


def patterns(resolver, admin=False):
    """Every address below `resolver`; of those of Django's admin only with `admin`."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if admin or entry.app_name != "admin":
                yield from patterns(entry, admin)
        else:
            yield entry


def admin_names():
    (entry,) = (e for e in get_resolver().url_patterns if getattr(e, "app_name", "") == "admin")
    return [found.name for found in patterns(entry, admin=True)]


MAY_BE_EMPTY = [
    "/tasks/", "/tasks/?whose=mine", "/subjects/", "/subjects/?whose=archived", "/presets/", "/snippets/", "/searches/", "/keys/",
    "/usage/", "/usage/tasks/", "/usage/alerts/", "/usage/reconciliation/", "/team/audit/", "/team/webhooks/", "/notices/", "/prompts/",
    "/team/?q=nobody",
]  # fmt: skip
NAMED = {entry.name for entry in patterns(get_resolver()) if entry.name}


@pytest.fixture
def private(alice):
    """One of everything that belongs to alice alone, by the names of its addresses."""
    (image,) = images_of(alice, 1)
    task = make_task(alice, "uncertain", visibility="private", image=image)
    output = make_output(make_task(alice, visibility="private"))
    key = make_key(alice)
    secret = make_subject(alice, "secret", visibility="private")
    proposal = secret.proposals.create(by=alice, based_on=1, title="Better")
    archived = make_subject(alice, "old", visibility="private", archived_at=timezone.now())
    return {
        "task": task.pk,
        "image": image.pk,
        "output": output.pk,
        "output-picture": (output.pk, 640, output.sha256[:16]),
        "key": key.pk,
        "subject": "secret",
        "subject-restore": archived.pk,
        "proposal": proposal.pk,
        "snippet": Snippet.objects.create(owner=alice, text="S", visibility="private").pk,
        "search": SavedSearch.objects.create(owner=alice, name="S", visibility="private").pk,
        "preset": Preset.objects.create(owner=alice, name="P", visibility="private").pk,
        "collection": Collection.objects.create(owner=alice, title="C").pk,
        "bulk-job": BulkJob.objects.create(by=alice, action="trash").pk,
        "share-end": share(alice, task, Wish())[0].pk,
        "comment": Comment.objects.create(task=task, member=alice, text="C").pk,
        "budget-decide": task.submission,
        "usage-settle": task.pk,
        "alert": Alert.objects.create(kind="spend", limit=1, made_by=alice).pk,
        "webhook": Webhook.objects.create(name="W", seen=0, made_by=alice).pk,
        "bill": Bill.objects.create(name="b", sha256="b", uploaded_by=alice).pk,
        "member": alice.public_id,
        "invitation": invite(alice, label="Sam")[0].pk,
    }


def address(name, objects):
    if name in OF_ONESELF:
        return reverse(name, args=["img2video"])
    if name in WITH_KEPT_SELECTION:
        return reverse(name, args=[uuid4()])
    if name == "security-remove":
        return reverse(name, args=[1])
    if name not in OF_OBJECTS | ADMIN_OBJECTS:
        return reverse(name)
    found = objects.get(name) or objects[name.split("-")[0]]
    return reverse(name, args=found if isinstance(found, tuple) else [found])


def call(client, name, url):
    return client.post(url) if name in POST_ONLY else client.get(url)


def test_every_address_is_accounted_for():
    objects = OF_OBJECTS | ADMIN_OBJECTS | OF_PEOPLE
    named = PUBLIC | MEMBERS | ADMINS | WITH_TOKEN | POST_ONLY | LEADS_ON | objects | {"invite"}
    named |= LEADS_TO_THE_GALLERY | WITH_KEPT_SELECTION
    assert named == NAMED


def test_no_address_hides_behind_a_name_or_has_none():
    """A view without a name, or with the name of another, would be walked by nobody."""
    views = {}
    for entry in patterns(get_resolver()):
        views.setdefault(entry.name, []).append((str(entry.pattern), entry.callback))
    for name, found in views.items():
        if name is None:
            named = {callback for other, rows in views.items() if other for _, callback in rows}
            assert all(callback in named for _, callback in found), found
        else:
            assert len(found) == 1, found


def test_every_page_of_the_admin_is_accounted_for():
    pages = {f"generation_{m._meta.model_name}_{page}" for m in SITE for page in MODEL_PAGES}
    names = admin_names()
    assert {name for name in names if name} == SITE_PAGES | pages
    # A redirect for each model from its old address, and the last one, which finds nothing.
    assert names.count(None) == len(SITE) + 1


@pytest.fixture
def admin_pages(private, alice):
    """The address of every page of Django's admin, by its name."""
    task = Task.objects.get(pk=private["task"])
    rows = {
        User: alice,
        Task: task,
        Output: Output.objects.get(),
        ApiKey: ApiKey.objects.get(),
        Subject: Subject.objects.current().get(),
        TaskEvent: task.events.create(at=task.created_at, kind="x", state="queued", text="x"),
        AuditEvent: AuditEvent.objects.create(who=alice, what="x", target="x"),
    }
    given = {"app_list": ["generation"], "auth_user_password_change": [alice.pk]}
    given["view_on_site"] = [ContentType.objects.get_for_model(Task).pk, task.pk]
    for model in SITE:
        for page in ("history", "delete", "change"):
            given[f"generation_{model._meta.model_name}_{page}"] = [rows[model].pk]
    return {
        name: reverse(f"admin:{name}", args=given.get(name)) for name in admin_names() if name
    } | {"": "/admin/nowhere/"}


def test_anonymous_sees_no_page_of_the_admin(client, admin_pages):
    for name, url in admin_pages.items():
        last, _ = client.get(url, follow=True).redirect_chain[-1]
        assert last.startswith("/login/?next=/admin/"), name


def test_members_see_no_page_of_the_admin(client_for, alice, bob, admin_pages):
    for user in (alice, bob):
        client = client_for(user)
        for name, url in admin_pages.items():
            assert client.get(url).status_code == 404, name
            assert client.post(url).status_code == 404, name


def test_admins_without_all_rights_see_an_empty_one(client_for, make_user, admin_pages):
    client = client_for(make_user("staff", is_staff=True))
    rights = {"index", "login", "password_change", "password_change_done", "jsi18n", "view_on_site"}
    for name, url in admin_pages.items():
        expected = (200, 302) if name in rights else (405,) if name == "logout" else (404,)
        assert client.get(url).status_code in expected, name


def test_superusers_see_them_and_change_people_alone(client_for, admin, admin_pages):
    client = client_for(admin)
    for name, url in admin_pages.items():
        of_people = name.startswith("generation_user_") or name in SITE_PAGES
        closed = name.endswith(("_add", "_delete")) and not of_people
        nothing = closed or name in ("", "autocomplete", "generation_user_delete")
        expected = (404,) if nothing else (405,) if name == "logout" else (200, 302)
        answer = client.get(url)
        assert answer.status_code in expected, name
        assert "no-store" in answer["Cache-Control"], name


@pytest.mark.parametrize("name", sorted(MEMBERS | ADMINS | OF_OBJECTS - POST_ONLY - OF_COLLEAGUES))
def test_nobody_keeps_a_page_of_members(name, client_for, alice, admin, private):
    user = admin if name in ADMINS else alice
    url = address(name, private) if name in OF_OBJECTS else reverse(name)
    kept = client_for(user).get(url)["Cache-Control"]
    if name.startswith(("image", "output")):
        assert kept.startswith("private, max-age=")
    else:
        assert {"private", "no-store"} <= set(kept.split(", "))


def test_pages_that_do_not_exist_and_refused_forms_are_not_kept(client_for, alice, client):
    mine = client_for(alice)
    answers = [
        mine.get("/tasks/nothing/"),
        mine.post("/subjects/", {"title": ""}),
        client.get("/login/"),
    ]
    assert [answer.status_code for answer in answers] == [404, 422, 200]
    assert all("no-store" in answer["Cache-Control"] for answer in answers)


PAGES_OF_ALLAUTH = (
    "accounts/", "accounts/login/", "accounts/signup/", "accounts/email/", "accounts/password/reset/",
    "accounts/2fa/", "accounts/2fa/authenticate/", "accounts/sessions/", "accounts/3rdparty/",
    "accounts/reauthenticate/", "accounts/oidc/x/login/", "accounts/google/login/", "_allauth/",
)  # fmt: skip


def test_no_page_of_allauth_is_there(client_for, alice):
    """Its tables and its arithmetic are used; who signs up, or manages addresses there, is nobody."""
    views = [entry.callback.__module__ for entry in patterns(get_resolver())]
    assert not [name for name in views if name.startswith("allauth")]
    client = client_for(alice)
    assert {client.get(f"/{path}").status_code for path in PAGES_OF_ALLAUTH} == {404}
    for name in ("confirm", "sso", "sso-callback"):
        assert client.get(reverse(name)).status_code == (302 if name == "confirm" else 404)


@pytest.mark.parametrize("name", sorted(OF_OBJECTS))
def test_another_member_gets_the_same_404_as_for_nothing(name, client_for, bob, private):
    client = client_for(bob)
    nothing = {key: uuid4() for key in private} | {"subject": "nobody"}
    nothing["output-picture"] = (uuid4(), 640, "nothing")
    foreign = call(client, name, address(name, private))
    missing = call(client, name, address(name, nothing))
    assert foreign.status_code == missing.status_code == 404
    assert len(foreign.content) == len(missing.content)


@pytest.mark.parametrize("name", sorted(OF_OBJECTS - POST_ONLY))
def test_range_requests_are_no_way_around(name, client_for, bob, private):
    response = client_for(bob).get(address(name, private), headers={"range": "bytes=0-9"})
    assert response.status_code == 404


@pytest.mark.parametrize("name", sorted(WITH_TOKEN))
def test_without_the_token_there_is_nothing(name, client, db):
    if name == "shared-file":
        assert client.get(reverse(name, args=["no-such-token", uuid4()])).status_code == 404
    elif name != "metrics":
        given = [uuid4(), "no-such-token"] if name == "password-reset" else ["no-such-token"]
        assert client.post(reverse(name, args=given)).status_code == 404
    else:
        assert client.get(reverse(name)).status_code == 404


@pytest.mark.parametrize("name", ["readyz", "login", "studio", "task"])
def test_every_answer_carries_the_guards(name, client_for, alice, private):
    client = client_for(alice)
    response = client.get(address(name, private) if name == "task" else reverse(name))
    policy = {
        part.split()[0]: part.split()[1:]
        for part in response["Content-Security-Policy"].split("; ")
    }
    assert policy["script-src"] == policy["style-src"] == policy["default-src"] == ["'self'"]
    assert policy["object-src"] == policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"


def test_health_answers_whatever_the_host_is_called(client, db):
    for path in ("/healthz", "/healthz/"):
        response = client.get(path, headers={"host": "10.0.0.7"})
        assert (response.status_code, response.content) == (200, b"ok")


def test_only_the_gateways_callbacks_are_exempt_from_csrf():
    exempt = [e.name for e in patterns(get_resolver()) if getattr(e.callback, "csrf_exempt", False)]
    assert exempt == ["callback"]


def test_a_disabled_member_is_out_with_the_next_request(client_for, alice):
    client = client_for(alice)
    assert client.get("/").status_code == 200
    alice.is_active = False
    alice.save(update_fields=["is_active"])
    assert client.get("/").status_code == 302


def test_members_have_no_admin(client_for, alice, client):
    assert client.get("/admin/").status_code == 302
    response = client_for(alice).get("/admin/", follow=True)
    assert response.status_code == 404


@pytest.mark.parametrize("path", MAY_BE_EMPTY)
def test_a_list_without_rows_says_what_will_be_there(client_for, admin, path):
    html = client_for(admin).get(path).content.decode()
    empty = html.split('class="empty"')[1].split("</div>")[0]
    assert len(re.sub(r"<[^>]+>|\s", "", empty)) > 40, empty
