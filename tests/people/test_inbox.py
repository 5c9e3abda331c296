"""Members hear of what concerns them: in the app, and by mail if they want it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from generation.catalog import MODELS
from generation.gateway.failures import Unauthorized
from generation.lifecycle import over_budget
from generation.lifecycle.enqueue import Submission, enqueue
from generation.lifecycle.poll_results import _key_refused
from generation.models import ApiKey, Delivery, Notice, Task, User
from generation.people import delivery, inbox
from tests.factories import make_key, make_subject, make_task


def told(user):
    return list(Notice.objects.visible_to(user).order_by("pk").values_list("text", flat=True))


def unread(user):
    return User.objects.get(pk=user.pk).unread_notices


@pytest.fixture
def sends(settings):
    settings.SENDS_MAIL, settings.PUBLIC_URL = True, "https://studio.example"


@pytest.fixture
def asked(alice, team_key, make_user, admin):
    """Asks to go over a budget of nothing."""
    alice.monthly_budget = Decimal(0)
    alice.save(update_fields=["monthly_budget"])

    def ask():
        spec = MODELS["viduq2_turbo_img2video"]
        params = {"prompt": "A secret plan", "duration": 5}
        (task,) = enqueue(
            Submission(
                owner=alice, spec=spec, params=params, key=team_key, visibility="private", asks=True
            )
        )
        return task

    return ask


def test_both_hear_of_what_is_over_a_budget(asked, alice, admin, bob, client_for):
    released, declined = asked(), asked()
    asks = "alice asks to go over a budget: 1 result of Q2 Turbo, $0.20"
    assert told(admin) == [asks, asks]
    assert over_budget.release(admin, released.submission)
    assert over_budget.decline(admin, declined.submission, "Next month.")
    assert not over_budget.decline(admin, declined.submission, "Twice.")
    what = "what you asked for over budget (Q2 Turbo, about $0.20)"
    assert told(alice) == [f"ada released {what}", f"ada declined {what}: Next month."]
    assert told(bob) == []
    assert (unread(admin), unread(alice)) == (2, 2)
    newest = Notice.objects.filter(user=alice).latest("pk")
    assert newest.link == declined.get_absolute_url()
    answer = client_for(alice).post("/notices/read/", {"notice": newest.pk, "open": "1"})
    assert answer.url == declined.get_absolute_url()
    assert unread(alice) == 1


def test_a_price_that_nobody_knows_is_not_nothing(asked, alice, admin):
    task = asked()
    Task.objects.update(estimate=None)
    over_budget.release(admin, task.submission)
    assert told(alice) == ["ada released what you asked for over budget (Q2 Turbo, price unknown)"]


def test_admins_and_the_owner_hear_once_of_a_refused_key(alice, bob, admin):
    task = make_task(alice, "processing", key=make_key(alice, "Mine"), visibility="private")
    for _ in range(2):
        _key_refused(task, Unauthorized("no", status=401))
    assert ApiKey.objects.get().paused_at
    text = "The gateway refuses the key “Mine”: what was made with it waits"
    assert (told(alice), told(admin), told(bob)) == ([text], [text], [])


def test_a_proposal_and_its_answer_are_told(alice, bob, client_for):
    rex = make_subject(alice, "rex")
    theirs = client_for(bob)
    theirs.post(
        "/subjects/rex/propose/", {"title": "Rex II", "image_ids": [rex.images.get().image_id]}
    )
    assert told(alice) == ["bob proposes a change of @rex"]
    assert client_for(alice).get(Notice.objects.get().link).status_code == 200
    (proposal,) = rex.proposals.all()
    for _ in range(2):
        client_for(alice).post(
            f"/subjects/proposals/{proposal.pk}/", {"verdict": "decline", "answer": "Too old"}
        )
    assert told(bob) == ["alice declined your change of @rex: Too old"]


def test_the_bell_costs_no_query_and_the_page_the_same_for_many(
    alice, client_for, django_assert_num_queries
):
    client = client_for(alice)
    client.get("/notices/")
    with connection.execute_wrapper(count := Count()):
        client.get("/keys/")
    inbox.notify([alice], "alert", "One", "/keys/")
    with django_assert_num_queries(count.n):
        html = client.get("/keys/").content.decode()
    assert '1<span class="sr"> unread' in html
    with connection.execute_wrapper(one := Count()):
        client.get("/notices/")
    inbox.notify([alice] * 60, "alert", "<b>More</b>", "/keys/")
    with django_assert_num_queries(one.n):
        html = client.get("/notices/").content.decode()
    assert html.count("&lt;b&gt;More") >= 50
    assert "?before=" in html


class Count:
    n = 0

    def __call__(self, execute, *args):
        self.n += 1
        return execute(*args)


def test_what_came_meanwhile_stays_unread_and_of_others_nobody_reads(alice, bob, client_for):
    first, second = (inbox.notify([alice], "alert", text, "/keys/")[0] for text in "ab")
    client = client_for(alice)
    client.post("/notices/read/", {"until": first.pk})
    client.post("/notices/read/", {"until": first.pk})
    assert unread(alice) == 1
    assert client_for(bob).post("/notices/read/", {"notice": second.pk}).status_code == 404
    client_for(bob).post("/notices/read/", {"until": second.pk})
    for odd in ("", "x", "9" * 30, "-1"):
        assert client.post("/notices/read/", {"notice": odd}).status_code == 404
        assert client.post("/notices/read/", {"until": odd}).status_code == 302
    assert unread(alice) == 1
    Notice.objects.update(link="https://elsewhere.example/")
    assert client.post("/notices/read/", {"notice": second.pk, "open": "1"}).url == "/notices/"
    assert unread(alice) == 0
    Notice.objects.filter(pk=first.pk).update(read_at=timezone.now() - timedelta(days=91))
    inbox.prune()
    assert Notice.objects.get() == second


def test_mail_goes_to_who_wants_it(alice, bob, sends, client_for):
    profile = {"profile": "1", "first_name": "Alice", "theme": "auto", "default_visibility": "team"}
    client_for(alice).post("/account/", profile | {"mail_notices": "on"})
    bob.is_active = False
    alice.refresh_from_db()
    inbox.notify([alice, bob], "alert", "Line one\nBcc: x@example.com", "/keys/")
    assert not mail.outbox
    delivery.deliver_due()
    delivery.deliver_due()
    (sent,) = mail.outbox
    assert sent.to == ["alice@example.com"]
    assert sent.subject == "viduweb: Line one Bcc: x@example.com"
    assert "https://studio.example/keys/" in sent.body
    assert Delivery.objects.get().state == "sent"
    assert not Notice.objects.filter(user=bob).exists()


def test_while_it_is_sent_no_other_worker_sends_it(alice, sends, monkeypatch):
    alice.mail_notices = True
    inbox.notify([alice], "alert", "Hear", "/keys/")
    sent = []

    def send(message, **options):
        sent.append(message.to)
        if len(sent) < 3:
            delivery.deliver_due()

    monkeypatch.setattr("django.core.mail.EmailMessage.send", send)
    delivery.deliver_due()
    assert sent == [[alice.email]]
    assert Delivery.objects.get().state == "sent"


def test_a_mail_that_fails_is_tried_again_and_then_given_up(alice, sends, monkeypatch):
    alice.mail_notices = True
    inbox.notify([alice], "alert", "Hear", "/keys/")

    def refuse(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    pauses = []
    for _ in range(len(delivery.PAUSES)):
        before = timezone.now()
        delivery.deliver_due()
        row = Delivery.objects.get()
        assert row.state == "due"
        pauses.append(round((row.next_attempt_at - before).total_seconds()))
        delivery.deliver_due()
        Delivery.objects.update(next_attempt_at=before)
    assert pauses == list(delivery.PAUSES)
    delivery.deliver_due()
    row = Delivery.objects.get()
    assert (row.state, row.attempts) == ("failed", len(delivery.PAUSES) + 1)
    assert row.error == "the mail server did not take it (ConnectionRefusedError)"


def test_without_a_mail_server_nobody_is_asked(alice, client_for):
    alice.mail_notices = True
    inbox.notify([alice], "alert", "Hear", "/keys/")
    assert not Delivery.objects.exists()
    assert "mail_notices" not in client_for(alice).get("/account/").content.decode()
