"""Alerts speak once a day at most, by every way they have, and what became of it is told."""

import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from generation.media.guard import DownloadFailed, Forbidden
from generation.models import Alert, AlertFiring, AuditEvent, Delivery, Notice
from generation.money import alerts
from generation.people import delivery
from tests.factories import make_task

HOOK = "https://hooks.example/T1/secret-part"


@pytest.fixture
def alert(admin):
    def make(kind="spend", limit="0.50", **fields):
        return Alert.objects.create(kind=kind, limit=Decimal(limit), made_by=admin, **fields)

    return make


def said():
    return list(AlertFiring.objects.order_by("pk").values_list("text", flat=True))


def test_it_fires_once_a_day_while_it_is_over(alert, submitted, end, admin, alice):
    alert()
    end(submitted(), cost=Decimal("0.50"))
    alerts.check()
    assert said() == []
    end(submitted(), cost=Decimal("0.25"))
    alerts.check()
    alerts.check()
    text = "Spent today: $0.75, more than $0.50"
    assert said() == [text]
    assert list(Notice.objects.values_list("user__username", "text")) == [("ada", text)]
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        alerts.check()
        end(submitted(), cost=Decimal("1"))
        alerts.check()
    assert said() == [text, "Spent today: $1.00, more than $0.50"]


def test_what_is_charged_after_midnight_counts_on_its_day(alert, submitted, end, admin):
    with time_machine.travel("2026-11-05T23:30:00+00:00", tick=False) as clock:
        end(submitted(), cost=Decimal("5"))
        clock.shift(timedelta(minutes=20))
        late = [submitted() for _ in range(2)]
        clock.shift(timedelta(days=1))
        alert()
        alerts.check()
        assert said() == []  # that day had begun before anybody asked
        later = submitted()
        clock.shift(timedelta(minutes=30))
        for task in (*late, later):
            end(task, cost=Decimal("0.60"))
        alerts.check()
        clock.shift(timedelta(days=1))
        alerts.check()
    assert said() == ["Spent on 6 November: $0.60, more than $0.50"]


def test_what_failed_but_was_charged_and_what_is_at_risk(alert, submitted, end, alice):
    alert("wasted", "33.33")
    alert("at-risk", "0")
    alert("at-risk", "1")
    alert("wasted", "0", active=False)
    alerts.check()
    end(submitted(), cost=Decimal("0.20"))
    end(submitted(), "completed", cost=Decimal("0.20"))
    with time_machine.travel(timezone.now() - timedelta(days=8)):
        end(submitted(), cost=Decimal("0.20"))
    make_task(alice, "archiving", reason="at-risk")
    alerts.check()
    assert said() == [
        "Failed but charged: 50.0 % of 2 tasks of seven days, more than 33.33 %",
        "At risk: 1 task is finished, with results that could not be saved yet",
    ]


def test_asking_costs_three_queries_whatever_there_is(
    alert, submitted, end, django_assert_num_queries
):
    with django_assert_num_queries(1):
        alerts.check()
    alert()
    with django_assert_num_queries(3):
        alerts.check()
    end(submitted(), cost=Decimal("0.75"))
    alerts.check()
    assert len(said()) == 1
    with django_assert_num_queries(3):
        alerts.check()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_fire_once(alert, submitted, end):
    found = alert()

    def press(_):
        try:
            return alerts.fire(found, "Over")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(press, range(4))) == 1
    assert Notice.objects.count() == 1


@pytest.fixture
def hooked(alert, monkeypatch):
    """An alert with a webhook; what arrives there, or how it fails."""
    found = alert(by_mail=True)
    found.keep_webhook(HOOK, "hooks.example", "a secret of sixteen")
    found.save()
    assert "secret" not in f"{found.webhook} {found.secret}"
    arrived, fails = [], []

    def post(address, body, headers, **_):
        if fails:
            raise fails[0]
        arrived.append((address, body, headers))

    monkeypatch.setattr(delivery, "post", post)
    return found, arrived, fails


def test_a_webhook_gets_a_signed_sentence_and_admins_get_mail(hooked, settings):
    settings.SENDS_MAIL = True
    found, arrived, _ = hooked
    alerts.fire(found, "Over")
    assert not arrived  # not where it happened: by a worker
    delivery.deliver_due()
    delivery.deliver_due()
    ((address, body, headers),) = arrived
    assert (address, json.loads(body)) == (HOOK, {"text": "viduweb: Over"})
    signed = f"{headers['X-Viduweb-Timestamp']}.".encode() + body
    wanted = hmac.new(b"a secret of sixteen", signed, hashlib.sha256).hexdigest()
    assert headers["X-Viduweb-Signature"] == f"sha256={wanted}"
    (message,) = mail.outbox
    assert message.to == ["ada@example.com"]
    assert "Admins get this alert." in message.body
    assert "you choose" not in message.body
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_what_fails_is_tried_again_and_shown(hooked, client_for, admin):
    found, arrived, fails = hooked
    alerts.fire(found, "Over")
    fails.append(DownloadFailed("hooks.example answered HTTP 500", 500))
    delivery.deliver_due()
    html = client_for(admin).get("/usage/alerts/").content.decode()
    assert "webhook on its way: hooks.example answered HTTP 500 (try 1)" in html
    assert "secret-part" not in html
    fails.clear()
    Delivery.objects.update(next_attempt_at=timezone.now())
    delivery.deliver_due()
    assert len(arrived) == 1
    alerts.try_out(found)
    fails.append(Forbidden("hooks.example has an address that is not public"))
    delivery.deliver_due()
    html = client_for(admin).get("/usage/alerts/").content.decode()
    assert "webhook sent" in html
    assert "webhook failed: hooks.example has an address that is not public (try 1)" in html


def test_what_nobody_thought_of_fails_in_the_end_and_holds_up_nothing(hooked, monkeypatch):
    found, arrived, _ = hooked
    alerts.fire(found, "Over")
    broken, good = Delivery.objects.all(), delivery.SEND["webhook"]
    assert broken.count() == 1
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(1)
        alerts.try_out(found)
        first = broken.earliest("pk")

        def send(one):
            if one == first:
                "pässword".encode("ascii")
            good(one)

        monkeypatch.setitem(delivery.SEND, "webhook", send)
        for _ in range(len(delivery.PAUSES) + 1):
            delivery.deliver_due()
            assert len(arrived) == 1
            clock.shift(max(delivery.PAUSES))
    first.refresh_from_db()
    assert (first.state, first.error) == ("failed", "it could not be sent (UnicodeEncodeError)")


def test_a_clock_set_back_holds_up_no_message(hooked):
    found, arrived, _ = hooked
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        alerts.fire(found, "Over")
    delivery.deliver_due()
    assert arrived == []
    delivery.wake_if_due()
    delivery.deliver_due()
    assert len(arrived) == 1


def test_secrets_of_alerts_turn_with_the_keys(hooked, settings):
    from cryptography.fernet import Fernet

    found, _, _ = hooked
    new = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, *settings.ENCRYPTION_KEYS]
    call_command("rotate_encryption_keys")
    settings.ENCRYPTION_KEYS = [new]
    found.refresh_from_db()
    assert found.reveal_webhook() == (HOOK, "a secret of sixteen")
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    alerts.fire(found, "Over")
    delivery.deliver_due()
    assert Delivery.objects.get().error == "its address cannot be decrypted; enter it again"


@pytest.mark.parametrize("mails", [True, False])
def test_mail_is_offered_where_there_is_a_server_for_it(client_for, admin, settings, mails):
    settings.SENDS_MAIL = mails
    html = client_for(admin).get("/usage/alerts/").content.decode()
    assert ('name="by_mail"' in html) is mails


def test_an_admin_sets_tests_switches_and_deletes(
    client_for, admin, django_assert_num_queries, monkeypatch
):
    ada = client_for(admin)
    wrong = ada.post(
        "/usage/alerts/",
        {"kind": "wasted", "limit": "101", "webhook": "http://10.0.0.7/x", "secret": "short"},
    )
    assert wrong.status_code == 422
    for words in ("100 percent at most", "does not begin with https", "at least 16 characters"):
        assert words in wrong.content.decode()
    assert ada.post("/usage/alerts/", {"kind": "other", "limit": "x"}).status_code == 422
    for limit in ("5", "6"):
        ada.post("/usage/alerts/", {"kind": "spend", "limit": limit, "webhook": HOOK})
        ada.post(f"/usage/alerts/{Alert.objects.last().pk}/test/")
    html = ada.get("/usage/alerts/").content.decode()
    assert "Spend of a day over $5.00" in html
    assert "webhook at hooks.example" in html
    assert html.count("A test of the alert") == 2
    with django_assert_num_queries(6):
        ada.get("/usage/alerts/")
    first = Alert.objects.first()
    ada.post(f"/usage/alerts/{first.pk}/active/")
    first.refresh_from_db()
    assert not first.active
    assert AlertFiring.objects.count() == 2
    ada.post(f"/usage/alerts/{first.pk}/delete/")
    assert Alert.objects.count() == 1
    words = AuditEvent.objects.filter(what__startswith="alert.").order_by("pk")
    assert [*words.values_list("what", flat=True)] == [
        *["alert.added", "alert.tested"] * 2,
        "alert.switched-off",
        "alert.deleted",
    ]
