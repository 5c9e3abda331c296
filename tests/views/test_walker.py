"""Every address there is: who may see it, and who may not.

A new view without a line here fails the first test.
"""

from uuid import uuid4

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.factories import make_key, make_output, make_subject, make_task
from tests.forms.helpers import images_of

PUBLIC = {"login", "setup", "readyz", "logout"}
MEMBERS = {"studio", "tasks", "changes", "subjects", "keys", "account"}
ADMINS = {"engine"}
WITH_TOKEN = {"callback", "metrics"}
POST_ONLY = {
    "composer", "task-again", "task-cancel", "task-give-up", "subject-archive", "key-test",
    "key-active", "key-limit", "key-delete", "logout", "task-send-again", "task-remote-id",
}  # fmt: skip
OF_OBJECTS = {
    "task", "task-again", "task-cancel", "task-give-up", "image", "image-thumbnail", "output",
    "output-poster", "output-thumbnail", "subject", "subject-archive", "key-test", "key-active", "key-limit",
    "key-delete", "task-send-again", "task-remote-id",
}  # fmt: skip


def patterns(resolver):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if entry.app_name != "admin":
                yield from patterns(entry)
        elif isinstance(entry, URLPattern):
            yield entry


NAMED = {entry.name for entry in patterns(get_resolver()) if entry.name}


@pytest.fixture
def private(alice):
    """One of everything that belongs to alice alone, by the names of its addresses."""
    (image,) = images_of(alice, 1)
    task = make_task(alice, "uncertain", visibility="private", image=image)
    output = make_output(make_task(alice, visibility="private"))
    key = make_key(alice)
    make_subject(alice, "secret", visibility="private")
    return {
        "task": task.pk,
        "image": image.pk,
        "output": output.pk,
        "key": key.pk,
        "subject": "secret",
    }


def address(name, objects):
    return reverse(name, args=[objects[name.split("-")[0]]])


def call(client, name, url):
    return client.post(url) if name in POST_ONLY else client.get(url)


def test_every_address_is_accounted_for():
    assert NAMED == PUBLIC | MEMBERS | ADMINS | WITH_TOKEN | POST_ONLY | OF_OBJECTS


@pytest.mark.parametrize("name", sorted(MEMBERS | ADMINS | {"composer"}))
def test_anonymous_is_sent_to_login(name, client, alice):
    response = call(client, name, reverse(name))
    assert response.status_code == 302
    assert response.url.startswith(reverse("login"))


@pytest.mark.parametrize("name", sorted(OF_OBJECTS))
def test_anonymous_sees_no_object(name, client, private):
    response = call(client, name, address(name, private))
    assert response.status_code == 302
    assert response.url.startswith(reverse("login"))


@pytest.mark.parametrize("name", sorted(OF_OBJECTS))
def test_another_member_gets_the_same_404_as_for_nothing(name, client_for, bob, private):
    client = client_for(bob)
    nothing = {key: uuid4() for key in private} | {"subject": "nobody"}
    foreign = call(client, name, address(name, private))
    missing = call(client, name, address(name, nothing))
    assert foreign.status_code == missing.status_code == 404
    assert len(foreign.content) == len(missing.content)


@pytest.mark.parametrize("name", sorted(OF_OBJECTS - POST_ONLY))
def test_the_owner_sees_it(name, client_for, alice, private):
    response = client_for(alice).get(address(name, private))
    assert response.status_code == 200


@pytest.mark.parametrize("name", sorted(OF_OBJECTS - POST_ONLY))
def test_range_requests_are_no_way_around(name, client_for, bob, private):
    response = client_for(bob).get(address(name, private), headers={"range": "bytes=0-9"})
    assert response.status_code == 404


@pytest.mark.parametrize("name", sorted(POST_ONLY))
def test_changes_are_never_made_by_get(name, client_for, alice, private):
    url = address(name, private) if name in OF_OBJECTS else reverse(name)
    assert client_for(alice).get(url).status_code == 405


@pytest.mark.parametrize("name", sorted(MEMBERS))
def test_members_see_their_pages(name, client_for, alice):
    response = client_for(alice).get(reverse(name))
    assert response.status_code == (204 if name == "changes" else 200)


@pytest.mark.parametrize("name", sorted(ADMINS))
def test_admins_have_pages_that_members_do_not(name, client_for, alice, admin):
    assert client_for(alice).get(reverse(name)).status_code == 404
    assert client_for(admin).get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", sorted(WITH_TOKEN))
def test_without_the_token_there_is_nothing(name, client, db):
    if name == "callback":
        assert client.post(reverse(name, args=["no-such-token"])).status_code == 404
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
