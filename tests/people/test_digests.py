"""The digest comes in the morning of the member's own day, once, and only when there is something."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.signing import Signer
from django.db import connection
from django.test import Client

from generation.models import Delivery, Digest, User
from generation.people import delivery, digests, inbox
from tests.factories import make_task

MONDAY = datetime(2026, 11, 30, 7, 30, tzinfo=UTC)  # 8:30 in Berlin, 2:30 in New York


@pytest.fixture(autouse=True)
def sends(settings):
    settings.SENDS_MAIL, settings.PUBLIC_URL = True, "https://studio.example"


@pytest.fixture
def reader(make_user):
    def make(name="alice", digest="day", time_zone="Europe/Berlin", **fields):
        return make_user(name, digest=digest, time_zone=time_zone, **fields)

    return make


def ended(owner, hours_ago, state="completed", *, prompt="A calm sea", cost="0.20", **fields):
    at = MONDAY - timedelta(hours=hours_ago)
    more = {"sent_at": at, "finished_at": at, "created_at": at, "cost": cost, **fields}
    return make_task(owner, state, params={"prompt": prompt}, **more)


def mails(at=MONDAY):
    with time_machine.travel(at, tick=False):
        digests.make_due()
        digests.make_due()
        delivery.deliver_due()
        delivery.deliver_due()
    found = [(message.to[0], message.subject) for message in mail.outbox]
    mail.outbox.clear()
    return found


def test_it_says_what_has_ended_of_ones_own_and_what_it_cost(reader, bob):
    alice = reader()
    ready = ended(alice, 3, visibility="private")
    ended(alice, 4, "failed", prompt="A rough\nsea", cost=None)
    ended(alice, 5, "lost")
    ended(alice, 2, "canceled", cost=None)
    ended(alice, 3, trashed_at=MONDAY)
    ended(alice, 25)
    ended(bob, 3, prompt="Of bob")
    with time_machine.travel(MONDAY - timedelta(hours=2)):
        inbox.notify([alice], "alert", "Unread", "/keys/")
    with time_machine.travel(MONDAY, tick=False):
        digests.make_due()
        delivery.deliver_due()
    (message,) = mail.outbox
    assert message.to == ["alice@example.com"]
    assert message.subject == "viduweb: 1 ready, 2 failed, 1 unread notice"
    said = message.body
    assert "Charged for them: $0.40; of 1 it is not known." in said
    assert f"- A calm sea\n  https://studio.example/tasks/{ready.pk}/" in said
    assert "- Failed: A rough sea" in said
    assert "- Lost: A calm sea" in said
    assert "https://studio.example/notices/" in said
    assert "bob" not in said
    assert message.extra_headers["Message-ID"].startswith(f"<digest-{Digest.objects.get().pk}-")
    assert Delivery.objects.get().state == "sent"


def test_it_comes_in_the_morning_of_each_and_weekly_on_mondays(reader):
    people = {
        "berlin": reader("berlin"),
        "york": reader("york", time_zone="America/New_York"),
        "week": reader("week", "week"),
        "never": reader("never", "never"),
        "left": reader("left", is_active=False),
        "nobody": reader("nobody", time_zone="No/Where"),
    }
    for person in people.values():
        ended(person, 30)
        ended(person, 1)
    # In New York, and in the team's zone for a zone that is none, it is still Sunday's.
    one, both = "viduweb: 1 ready", "viduweb: 2 ready"
    everybody = {"berlin": one, "york": one, "week": both, "nobody": one}
    assert dict(mails()) == {f"{name}@example.com": said for name, said in everybody.items()}
    assert mails() == []
    monday = mails(MONDAY + timedelta(hours=6))
    assert sorted(monday) == [("nobody@example.com", one), ("york@example.com", one)]
    assert mails(MONDAY + timedelta(days=1)) == []
    assert Digest.objects.filter(user=people["berlin"]).count() == 2


def test_days_that_were_missed_come_with_the_next(reader):
    alice = reader()
    assert mails() == []
    ended(alice, -3)
    ended(alice, -50)
    assert mails(MONDAY + timedelta(days=3)) == [("alice@example.com", "viduweb: 2 ready")]


def test_what_is_gone_by_then_is_not_said(reader):
    alice = reader()
    ended(alice, 3)
    with time_machine.travel(MONDAY, tick=False):
        digests.make_due()
        User.objects.filter(pk=alice.pk).update(digest="never")
        delivery.deliver_due()
    assert not mail.outbox
    assert Delivery.objects.get().error == "there is nothing to say any more"


def test_many_are_named_in_part(reader, django_assert_max_num_queries):
    alice = reader()
    for _ in range(14):
        ended(alice, 3)
    with time_machine.travel(MONDAY, tick=False):
        digests.make_due()
        with django_assert_max_num_queries(3):
            text = digests.text_of(Digest.objects.select_related("user").get())
    assert text.startswith("14 ready\n")
    assert text.count("A calm sea") == 10
    assert "- and 4 more" in text


def test_until_one_is_due_it_costs_one_query(reader, settings, django_assert_num_queries):
    reader(digest="never")
    with django_assert_num_queries(1):
        digests.make_due()
    reader("bob")
    digests.make_due()
    with django_assert_num_queries(1):
        digests.make_due()
    settings.PUBLIC_URL = ""
    with django_assert_num_queries(0):
        digests.make_due()


@pytest.mark.django_db(transaction=True)
def test_two_workers_make_one(reader):
    alice = reader()
    ended(alice, 3)
    until = MONDAY - timedelta(minutes=30)

    def make(_):
        try:
            digests._make(User.objects.get(pk=alice.pk), until, None)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(4)))
    assert (Digest.objects.count(), Delivery.objects.count()) == (1, 1)


def test_a_link_stops_it_without_a_login_and_only_by_a_press(reader, bob):
    alice = reader()
    path = digests.path_to_stop(alice)
    client = Client(enforce_csrf_checks=True)
    html = client.get(path).content.decode()
    assert "Stop the digest?" in html
    assert "alice" not in html
    alice.refresh_from_db()
    assert alice.digest == "day"
    assert client.post(path).status_code == 403
    token = client.cookies["csrftoken"].value
    assert "is stopped" in client.post(path, {"csrfmiddlewaretoken": token}).content.decode()
    alice.refresh_from_db()
    assert alice.digest == "never"
    for wrong in (f"{bob.public_id}", f"{bob.public_id}:x", Signer(salt="x").sign(str(bob.pk))):
        assert Client().get(f"/digest/{wrong}/").status_code == 404


def test_it_is_chosen_under_account_where_mail_is_sent(client_for, alice, settings):
    client = client_for(alice)
    profile = {"profile": "1", "first_name": "", "theme": "auto", "default_visibility": "team"}
    assert "A digest by e-mail" in client.get("/account/").content.decode()
    assert client.post("/account/", profile | {"digest": "hourly"}).status_code == 422
    assert client.post("/account/", profile | {"digest": "week"}).status_code == 302
    client.post("/account/", profile)
    alice.refresh_from_db()
    assert alice.digest == "week"
    settings.SENDS_MAIL = False
    assert "A digest by e-mail" not in client.get("/account/").content.decode()
    assert client.post("/account/", profile | {"digest": "day"}).status_code == 302
    alice.refresh_from_db()
    assert alice.digest == "week"
