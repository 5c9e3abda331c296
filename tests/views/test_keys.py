"""The page of one key: who may spend on it, how it does, another secret."""

import re
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from generation.catalog import MODELS
from generation.lifecycle.actions import CannotRepeat, try_again
from generation.lifecycle.enqueue import KeyNotForOwner, Submission, enqueue
from generation.models import ApiKey, AuditEvent, RetiredSecret, Task
from generation.people import key_members
from generation.sandbox.server import running_server
from generation.views import key_page
from tests.factories import make_key, make_task


def words_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def submission(owner, key):
    spec = MODELS["viduq2_reference2image"]
    return Submission(owner, spec, {"prompt": "Sea"}, key, "team")


def test_a_team_key_may_be_for_listed_members(client_for, admin, alice, bob, team_key):
    ada, url = client_for(admin), reverse("key-members", args=[team_key.pk])
    before = make_task(alice, "queued", key=team_key)
    over = make_task(alice, "failed", key=team_key)
    answer = ada.post(url, {"who": "listed", "members": [str(bob.public_id)]}, follow=True)
    assert "Kept who may spend" in words_of(answer)
    assert AuditEvent.objects.latest("id").target == "Team: bob"
    assert list(ApiKey.objects.usable_by(bob)) == [team_key]
    assert not ApiKey.objects.usable_by(alice).exists()

    data = {"model": "viduq2_reference2image", "prompt": "Sea", "key": str(team_key.pk)}
    refused = client_for(alice).post("/tasks/", data)
    assert refused.status_code == 422
    assert "This key cannot be used any more" in refused.content.decode()
    assert "Sea" in refused.content.decode()
    assert "Team" not in re.findall(r"<option[^>]*>([^<]*)", refused.content.decode())
    with pytest.raises(KeyNotForOwner):
        enqueue(submission(alice, team_key))
    with pytest.raises(CannotRepeat, match="cannot be used by alice"):
        try_again(over, admin)
    assert client_for(alice).get(f"/tasks/{before.pk}/").status_code == 200
    assert Task.objects.due_to_send().get() == before
    assert enqueue(submission(bob, team_key))

    ada.post(url, {"who": "all", "members": [str(bob.public_id)]})
    assert list(ApiKey.objects.usable_by(alice)) == [team_key]
    assert enqueue(submission(alice, team_key))


def test_who_is_disabled_meanwhile_makes_nothing(alice, team_key):
    type(alice).objects.update(is_active=False)
    with pytest.raises(KeyNotForOwner):
        enqueue(submission(alice, team_key))


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, "This field is required"),
        ({"who": "nobody"}, "nobody is not one of the available choices"),
        ({"who": "listed"}, "Choose who may spend on it"),
        ({"who": "listed", "members": ["x", "1"]}, "Choose members of the list"),
    ],
)
def test_odd_lists_are_refused(client_for, admin, team_key, given, error):
    answer = client_for(admin).post(reverse("key-members", args=[team_key.pk]), given)
    assert answer.status_code == 422
    assert error in answer.content.decode()
    team_key.refresh_from_db()
    assert team_key.everyone


def test_a_personal_key_is_for_nobody_else(client_for, alice, bob, admin):
    key = make_key(alice)
    given = {"who": "listed", "members": [str(bob.public_id)]}
    for user in (alice, admin):
        assert client_for(user).post(f"/keys/{key.pk}/members/", given).status_code == 404
    assert "Who may spend" not in client_for(alice).get(f"/keys/{key.pk}/").content.decode()
    key_members.set_members(key, True, [bob])
    assert not ApiKey.objects.usable_by(bob).exists()


def test_another_secret_is_tried_before_it_is_kept(client_for, admin, alice, settings):
    key = make_key(None, "Studio", "sandbox-first-0000")
    task = make_task(alice, "processing", key=key)
    ada, url = client_for(admin), reverse("key-secret", args=[key.pk])
    with running_server(seconds=1) as server:
        settings.GATEWAY_URL = server.base_url
        for secret, error in [
            ("vda_wrong_secret_1", "refuses this one"),
            ("sandbox-first-0000", "has already"),
            ("two words here", "has no spaces"),
            ("", "required"),
        ]:
            answer = ada.post(url, {"secret": secret})
            assert answer.status_code == 422
            assert error in answer.content.decode()
            assert not secret or secret not in answer.content.decode()
        said = words_of(ada.post(url, {"secret": "sandbox-next-1111"}, follow=True))
    assert "accepts the new secret of “Studio”. 1 task that was under way end" in said
    assert "…0000 still serves 1 task made with it" in said
    assert AuditEvent.objects.latest("id").target == "Studio …0000 to …1111"
    settings.GATEWAY_URL = "http://127.0.0.1:9/none"
    Task.objects.filter(pk=task.pk).update(state="completed")
    said = words_of(ada.post(url, {"secret": "sandbox-last-2222"}, follow=True))
    assert "did not answer: test it later" in said
    assert "still serves" not in said
    key.refresh_from_db()
    assert (key.reveal(), RetiredSecret.objects.count()) == ("sandbox-last-2222", 1)


def test_no_secret_comes_in_without_its_line_in_the_log(admin, settings, monkeypatch):
    key = make_key(None, "Studio", "sandbox-first-0000")
    settings.GATEWAY_URL = "http://127.0.0.1:9/none"
    ada, url = Client(raise_request_exception=False), reverse("key-secret", args=[key.pk])
    ada.force_login(admin)
    with monkeypatch.context() as broken:
        broken.setattr(key_page, "audit", lambda *args: 1 / 0)
        assert ada.post(url, {"secret": "sandbox-next-1111"}).status_code == 500
    key.refresh_from_db()
    assert key.reveal() == "sandbox-first-0000"
    monkeypatch.setattr(key_page, "rotate", lambda *args: None)
    said = words_of(ada.post(url, {"secret": "sandbox-next-1111"}, follow=True))
    assert "has this secret already. Nothing was changed." in said
    assert not AuditEvent.objects.filter(what="key.rotated").exists()


def test_it_shows_what_a_key_was_used_for(
    client_for, admin, alice, team_key, django_assert_max_num_queries
):
    make_task(alice, "processing", key=team_key, estimate=Decimal("0.25"))
    ada = client_for(admin)
    assert "1 task and $0.25 spent or reserved this month" in words_of(ada.get("/keys/"))
    assert "Tasks this month 1 Spent or reserved this month $0.25" in words_of(
        ada.get(f"/keys/{team_key.pk}/")
    )
    for number in range(9):
        make_key(None, f"Key {number}")
    with django_assert_max_num_queries(6):
        ada.get("/keys/")
    answer = ada.post(f"/keys/{team_key.pk}/limit/", {"max_in_flight": "-3"})
    assert answer.status_code == 422
    assert 'value="-3"' in answer.content.decode()
