"""Webhooks of the team: each thing told once, what ends together in one message, nothing private."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from generation.forms.webhooks import WebhookForm
from generation.gallery.commenting import write
from generation.gallery.guest_talk import write_as_guest
from generation.lifecycle.transitions import Happened, record
from generation.media.guard import DownloadFailed
from generation.models import (
    AuditEvent,
    Comment,
    Delivery,
    EventKind,
    News,
    Share,
    Task,
    TaskEvent,
    Webhook,
)
from generation.people import delivery, team_news
from tests.factories import make_task

HOOK = "https://hooks.example/T1/secret-part"
KINDS = {"completed": "completed", "failed": "failed", "archiving": "at-risk", "queued": "queued"}


@pytest.fixture
def hook(admin):
    def make(*news, **fields):
        fields.setdefault("name", "#results")
        found = Webhook(
            news=list(news or News.values), made_by=admin, seen=team_news.newest(), **fields
        )
        found.keep_webhook(HOOK, "hooks.example", "a secret of sixteen")
        found.save()
        return found

    return make


@pytest.fixture
def heard(monkeypatch):
    """What has arrived, as texts; what stands in `fails` goes wrong."""
    arrived, fails = [], []

    def post(address, body, headers, **_):
        if fails:
            raise fails[0]
        assert address == HOOK
        assert headers["X-Viduweb-Signature"].startswith("sha256=")
        arrived.append((json.loads(body)["text"], headers["X-Viduweb-Delivery"]))

    monkeypatch.setattr(delivery, "post", post)

    def hear():
        delivery.deliver_due()
        texts = [text for text, _ in arrived]
        arrived.clear()
        return texts

    hear.fails = fails
    return hear


def happens(owner, state="completed", *, kind=None, **fields):
    task = make_task(owner, state, **fields)
    record(task.pk, state, Happened(EventKind(kind or KINDS[state]), "It happened."))
    return task


def later(seconds=6):
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds))


def test_it_tells_what_it_was_asked_to_once(hook, heard, alice, settings):
    settings.PUBLIC_URL = "https://studio.example"
    happens(alice, params={"prompt": "Before"})
    hook()
    task = happens(alice, params={"prompt": "A calm\nsea"})
    for _ in range(2):
        team_news.gather()
    ready = "viduweb: Ready: “A calm sea” by alice"
    assert heard() == [f"{ready} https://studio.example/tasks/{task.pk}/"]
    with later():
        team_news.gather()
        risky = happens(alice, "archiving")
        for kind in ("at-risk", "generated"):
            record(risky.pk, "archiving", Happened(EventKind(kind), "Again."))
        happens(alice, "queued", reason="over-budget")
        happens(alice, "queued")
        happens(alice, "canceled", kind="canceled")
        happens(alice, "failed", kind="gave-up")
        happens(alice, "uncertain", kind="uncertain")
        team_news.gather()
        (text,) = heard()
    assert text.splitlines()[0] == (
        "viduweb: 1 × At risk, 1 × Waits for an admin, over a budget, 1 × Unsure"
    )
    assert len(text.splitlines()) == 4


def test_each_webhook_tells_its_own_kinds(hook, heard, alice):
    hook("failed", name="Failures")
    hook("ready", name="Results")
    hook("ready", name="Off", active=False)
    hook("made-up", name="Of another version")
    happens(alice)
    happens(alice, "failed")
    team_news.gather()
    assert [text.split(":")[1] for text in heard()] == [" Failed", " Ready"]


def test_nothing_private_is_told_not_even_what_becomes_private(hook, heard, alice):
    hook()
    happens(alice, visibility="private")
    happens(alice, trashed_at=timezone.now())
    team_news.gather()
    assert not Delivery.objects.exists()
    shown, hidden = happens(alice, params={"prompt": "Shown"}), happens(alice)
    team_news.gather()
    Task.objects.filter(pk=hidden.pk).update(visibility="private")
    heard.fails.append(DownloadFailed("hooks.example answered HTTP 500", 500))
    assert heard() == []
    heard.fails.clear()
    Delivery.objects.update(next_attempt_at=timezone.now())
    assert heard() == ["viduweb: Ready: “Shown” by alice"]
    with later():
        last = happens(alice)
        team_news.gather()
        Task.objects.filter(pk__in=[shown.pk, last.pk]).update(trashed_at=timezone.now())
        assert heard() == []
    error = "what it tells is private or in the trash by now"
    assert Delivery.objects.latest("pk").error == error


def test_many_at_once_are_one_message(hook, heard, alice, django_assert_max_num_queries):
    hook()
    happens(alice)
    team_news.gather()
    tasks = [happens(alice) for _ in range(40)]
    team_news.gather()
    assert len(heard()) == 1
    with later():
        with django_assert_max_num_queries(16):
            team_news.gather()
        (text,) = heard()
    assert text.startswith("viduweb: 40 × Ready\n• Ready")
    assert text.endswith("\n• and 30 more")
    assert len(text.splitlines()) == 12
    assert Webhook.objects.get().seen == TaskEvent.objects.filter(task=tasks[-1]).get().pk


def test_what_is_over_the_most_comes_with_the_next(hook, heard, alice, monkeypatch):
    monkeypatch.setattr(team_news, "MOST", 2)
    hook()
    for _ in range(3):
        happens(alice)
    team_news.gather()
    with later():
        team_news.gather()
        assert sorted(len(text.splitlines()) for text in heard()) == [1, 3]


def test_without_a_webhook_it_costs_one_query(hook, alice, django_assert_num_queries):
    with django_assert_num_queries(1):
        team_news.gather()
    hook()
    happens(alice, visibility="private")
    with later(700), django_assert_num_queries(6):
        team_news.gather()
    with later(720), django_assert_num_queries(5):
        team_news.gather()  # what is long over is not looked through again


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_tells_it(hook, alice):
    found = hook()
    happens(alice)

    def look(_):
        try:
            team_news._gather(Webhook.objects.get(pk=found.pk))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(look, range(4)))
    assert Delivery.objects.count() == 1


def test_comments_are_told_with_what_they_say_by_then(hook, heard, alice, bob, settings):
    settings.PUBLIC_URL = "https://studio.example"
    hook("comment")
    task = make_task(alice, params={"prompt": "A calm sea"})
    write(task, bob, "Too dark\nhere, <!channel>", 3.5)
    write(make_task(alice, visibility="private"), alice, "Mine", None)
    team_news.gather()
    said = "Comment: “A calm sea” by alice. bob: “Too dark here, &lt;!channel&gt;”"
    assert heard() == [f"viduweb: {said} https://studio.example/tasks/{task.pk}/#comments"]
    assert task.events.get(kind="commented").text == "Comment by bob."
    with later():
        for number in range(2):
            write(task, bob, f"Again {number}", None)
        Comment.objects.get(text="Again 0").delete()
        share = Share.objects.create(
            task=task, made_by=alice, token_hash="x" * 64, expires_at=timezone.now()
        )
        write_as_guest(share, task, "Gil", "Lovely " + "y" * 300, None)
        team_news.gather()
        (text,) = heard()
    assert text.splitlines()[0] == "viduweb: 2 × Comment"
    assert "Again 0" not in text
    assert "Gil (guest): “Lovely yyy" in text
    assert len(text) < 600


def test_hostile_words_call_nobody_and_lead_nowhere(hook, heard, alice):
    hook()
    happens(alice, params={"prompt": "<!channel> @here\u202e & <https://evil.example|a film>"})
    team_news.gather()
    (text,) = heard()
    assert "&lt;!channel&gt; @\u200bhere &amp; &lt;https" in text
    assert "\u202e" not in text


def test_an_admin_sets_tests_switches_and_deletes(
    client_for, admin, heard, alice, django_assert_num_queries
):
    ada = client_for(admin)
    given = {"name": "#results", "webhook": "http://10.0.0.7/x", "news": ["ready"]}
    for wrong, words in (
        ({}, "does not begin with https"),
        ({"webhook": ""}, "This field is required"),
        ({"news": ["other"]}, "Select a valid choice"),
        ({"news": []}, "Choose what it tells of"),
        ({"secret": "short"}, "at least 16 characters"),
    ):
        answer = ada.post("/team/webhooks/", given | wrong)
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert 'value="#results"' in answer.content.decode()
    for name in ("#results", "#more"):
        right = {"name": name, "webhook": HOOK, "secret": "a secret of sixteen"}
        assert ada.post("/team/webhooks/", given | right).status_code == 302
        ada.post(f"/team/webhooks/{Webhook.objects.latest('made_at').pk}/test/")
    assert heard() == [f"viduweb: {team_news.TEST}"] * 2
    with django_assert_num_queries(6):
        html = ada.get("/team/webhooks/").content.decode()
    assert "To hooks.example, signed. Of results that are ready." in html
    assert "secret-part" not in html
    assert html.count("A test<br>") == 2
    first = Webhook.objects.get(name="#results")
    ada.post(f"/team/webhooks/{first.pk}/active/")
    happens(alice)
    team_news.gather()
    assert [text for text in heard() if "Ready" in text] == [
        "viduweb: Ready: “A calm sea” by alice"
    ]
    ada.post(f"/team/webhooks/{first.pk}/active/", {"active": "on"})
    team_news.gather()
    assert heard() == []
    ada.post(f"/team/webhooks/{first.pk}/delete/")
    assert Webhook.objects.get().name == "#more"
    words = AuditEvent.objects.filter(what__startswith="webhook.").order_by("pk")
    assert [*words.values_list("what", flat=True)] == [
        *["webhook.added", "webhook.tested"] * 2,
        *("webhook.switched-off", "webhook.switched-on", "webhook.deleted"),
    ]


def test_what_fails_stands_below_it_in_words(client_for, admin, hook, heard, alice, settings):
    found = hook()
    happens(alice)
    team_news.gather()
    heard.fails.append(DownloadFailed("hooks.example answered HTTP 500", 500))
    heard()
    html = client_for(admin).get("/team/webhooks/").content.decode()
    assert "News of 1 task" in html
    assert "On its way: hooks.example answered HTTP 500 (try 1)" in html
    assert "secret-part" not in html
    client_for(admin).post(f"/team/webhooks/{found.pk}/active/", {"active": "off"})
    Delivery.objects.update(next_attempt_at=timezone.now())
    heard()
    assert Delivery.objects.get().error == "it was switched off"
    call_command("rotate_encryption_keys")
    assert Webhook.objects.get().reveal_webhook() == (HOOK, "a secret of sixteen")


def test_of_a_very_long_host_as_much_is_kept_as_there_is_room_for():
    host = ".".join(["a" * 60] * 5)
    form = WebhookForm({"name": "x", "webhook": f"https://{host}/x", "news": ["ready"]})
    assert form.is_valid(), form.errors
    row = Webhook()
    form.keep_webhook(row)
    assert row.webhook_host == host[:255]
