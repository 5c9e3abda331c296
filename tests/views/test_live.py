"""The live page: nothing missed, nothing shown to the wrong person, nearly free when idle."""

import re
import threading
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from generation.lifecycle import trash
from generation.lifecycle.transitions import Happened, State, change
from generation.models import Task, User, feed_head, next_revision
from generation.models.heads import FeedHead, logged_in
from generation.money import prices
from generation.presenters.times import day_words
from tests.factories import make_task

URL = "/tasks/changes/"


def cursor_of(response):
    return int(response["X-Live-Cursor"])


def start(client):
    return cursor_of(client.get(URL))


def ask(client, since, **params):
    return client.get(URL, {"since": since, **params}, headers={"hx-request": "true"})


def shown(response):
    return set(re.findall(r'id="task-([0-9a-f-]{36})"', response.content.decode()))


def move(task, to=State.PROCESSING, **fields):
    assert change(task.pk, State(task.state), to=to, happened=Happened("moved", "Moved."), **fields)
    task.refresh_from_db()


def test_idle_is_204_with_two_queries(client_for, alice, django_assert_num_queries):
    make_task(alice)
    client = client_for(alice)
    cursor = start(client)
    with django_assert_num_queries(2):
        response = ask(client, cursor)
    assert response.status_code == 204
    assert response.content == b""
    assert cursor_of(response) == cursor


def test_a_price_that_a_private_task_taught_is_news_for_every_form(
    client_for, alice, bob, django_assert_num_queries
):
    client = client_for(alice)
    cursor = start(client)
    before = ask(client, cursor)["X-Live-Prices"]
    html = client.get("/").content.decode()
    assert f'data-prices="{before}"' in html
    for cost, is_news in ((2000, True), (2000, False), (8000, False), (8000, True)):
        prices.learn(make_task(bob, "completed", visibility="private", cost=cost))
        with django_assert_num_queries(2):
            response = ask(client, cursor)
        assert response.status_code == 204
        assert (response["X-Live-Prices"] != before) is is_news, cost
        before = response["X-Live-Prices"]


def test_pace_follows_what_is_in_flight(client_for, alice, bob):
    client = client_for(alice)
    assert ask(client, 0)["X-Live-Pause"] == "10.0"
    task = make_task(bob, "queued")
    assert ask(client, 0)["X-Live-Pause"] == "1.5"
    move(task, State.CANCELED)
    assert ask(client, 0)["X-Live-Pause"] == "10.0"
    make_task(bob, "queued", visibility="private")
    assert ask(client, 0)["X-Live-Pause"] == "10.0"


def test_changed_and_new_cards_come_once(client_for, alice):
    old = make_task(alice, "queued")
    client = client_for(alice)
    cursor = start(client)
    move(old)
    new = make_task(alice, "queued")
    response = ask(client, cursor)
    assert response.status_code == 200
    assert shown(response) == {str(old.pk), str(new.pk)}
    html = response.content.decode()
    assert 'hx-swap-oob="afterbegin:#cards"' in html
    assert ask(client, cursor_of(response)).status_code == 204


def test_private_tasks_of_others_never_appear(client_for, alice, bob, admin):
    for user in (bob, admin):
        client = client_for(user)
        cursor = start(client)
        make_task(alice, "queued", visibility="private")
        assert ask(client, cursor).status_code == 204
        mine = make_task(alice, "queued", visibility="team")
        assert shown(ask(client, cursor)) == {str(mine.pk)}


def test_what_comes_back_says_where_it_belongs(client_for, alice, bob):
    client = client_for(bob)
    old = make_task(alice, created_at=timezone.now() - timedelta(days=3))
    since = start(client)
    trash.move([old.pk])
    gone = ask(client, since)
    assert str(old.pk) in gone["HX-Trigger"]
    trash.restore_one(old.pk)
    title = day_words(timezone.localdate(old.created_at))
    there = f'<div data-belongs="{title}"><article id="task-{old.pk}"'
    assert there in ask(client, cursor_of(gone)).content.decode()
    assert there in ask(client, since, owner="alice").content.decode()
    # Another page, or another filter: it is brought up to date where it is shown, and nowhere else.
    for params in ({"still": "1"}, {"owner": "bob"}):
        html = ask(client, since, **params).content.decode()
        assert (str(old.pk) in html, "data-belongs" in html) == (True, False)


def test_mine_only(client_for, alice, bob):
    client = client_for(alice)
    cursor = start(client)
    make_task(bob, "queued")
    assert ask(client, cursor, whose="mine").status_code == 204
    mine = make_task(alice, "queued")
    assert shown(ask(client, cursor, whose="mine")) == {str(mine.pk)}


def test_queries_do_not_grow_with_the_changes(client_for, alice, bob, django_assert_num_queries):
    client = client_for(alice)
    cursor = start(client)
    make_task(bob, "queued")
    # Session, user, own and the team's news, cards with their hearts, and two kinds of things on them.
    with django_assert_num_queries(7):
        ask(client, cursor)
    for _ in range(30):
        make_task(bob, "queued")
    with django_assert_num_queries(7):
        assert len(shown(ask(client, cursor))) == 31


def test_every_single_change_is_told(client_for, alice):
    """Revisions without a gap between them: a cursor that is one too high would lose the next."""
    client = client_for(alice)
    cursors = {start(client), *cursors_of_pages(client)}
    assert len(cursors) == 1
    cursor = cursors.pop()
    for whose in ("all", "mine", "all", "mine"):
        task = make_task(alice, "queued")
        response = ask(client, cursor, whose=whose)
        assert shown(response) == {str(task.pk)}
        cursor = cursor_of(response)
        move(task)
        response = ask(client, cursor, whose=whose)
        assert shown(response) == {str(task.pk)}
        cursor = cursor_of(response)
        assert {cursor} == set(cursors_of_pages(client))


def cursors_of_pages(client):
    pages = [client.get(path).content.decode() for path in ("/", "/tasks/", "/tasks/?whose=mine")]
    return [int(re.search(r'data-cursor="(\d+)"', html)[1]) for html in pages]


def test_more_changes_than_one_answer_holds_come_one_after_another(client_for, alice, bob):
    client = client_for(alice)
    old = [make_task(alice, "queued") for _ in range(3)]
    began = start(client)
    for task in old:
        move(task)
    restless = make_task(bob, "queued")
    make_tasks(alice, 130)
    make_tasks(bob, 130)
    # Born below the first answer's cursor, changed above it: to the page it is new all the same.
    move(restless)
    everything = {str(pk) for pk in Task.objects.values_list("pk", flat=True)}
    seen, cursor, answers = [], str(began), 0
    while (response := ask(client, cursor)).status_code == 200:
        assert answers < 5
        answers += 1
        html = response.content.decode()
        known, *_ = html.partition("afterbegin:#cards")
        assert {str(task.pk) for task in old} >= set(
            re.findall(r'id="task-([0-9a-f-]{36})"', known)
        )
        seen += re.findall(r'id="task-([0-9a-f-]{36})"', html)
        cursor = response["X-Live-Cursor"]
    assert answers == 2
    assert sorted(seen) == sorted(everything)
    assert int(cursor) == start(client)


def test_what_changes_twice_while_a_page_catches_up_is_still_new_to_it(client_for, alice, bob):
    client = client_for(alice)
    cursor = start(client)
    *_, last = make_tasks(bob, 201)
    first_answer = ask(client, cursor)
    move(last)
    response = ask(client, first_answer["X-Live-Cursor"])
    assert shown(response) == {str(last.pk)}
    assert "afterbegin:#cards" in response.content.decode()
    assert shown(first_answer).isdisjoint(shown(response))


def make_tasks(owner, count):
    """Queued tasks, each with a revision of its own, made at once."""
    with transaction.atomic():
        newest = next_revision(count)
        return Task.objects.bulk_create(
            Task(
                owner=owner,
                model="viduq2_turbo_img2video",
                visibility="team",
                state="queued",
                revision=revision,
                born_revision=revision,
            )
            for revision in range(newest - count + 1, newest + 1)
        )


@pytest.mark.parametrize(
    "nonsense", ["", "'; DROP", "1-2-3", "-", "--", "-1", "1e9", "9" * 5000, "0x10", "1-"]
)
def test_a_cursor_that_is_none_starts_from_now(client_for, alice, nonsense):
    make_task(alice)
    assert ask(client_for(alice), nonsense).status_code == 204


def test_a_user_loaded_in_any_way_knows_the_feed(alice, bob, django_assert_num_queries):
    """Right after the login, say: there the user does not come from the session."""
    assert feed_head(alice).all == 0
    mine = make_task(alice, "queued")
    team = make_task(bob)
    make_task(bob, visibility="private")
    now = FeedHead(own=mine.revision, all=team.revision, busy=True)
    for user in (User.objects.get(pk=alice.pk), logged_in(alice.pk)):
        assert feed_head(user) == now
    alice.refresh_from_db()
    with django_assert_num_queries(1):
        assert (feed_head(alice), feed_head(alice)) == (now, now)


def test_who_does_not_exist_has_no_feed(alice):
    """Rather than one that is always at its beginning, and so never has anything new."""
    alice.delete()
    with pytest.raises(User.DoesNotExist):
        feed_head(alice)


@pytest.mark.parametrize(
    ("looked_at", "back"),
    [
        ("http://testserver/tasks/?whose=mine&q=a+b%26c#cards", "/tasks/?whose=mine&q=a+b%26c"),
        ("https://testserver/", "/"),  # behind a proxy that takes TLS off
        ("https://elsewhere.example/tasks/?whose=mine", "/"),
        ("http://testserver//elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("http://[half", "/"),
        ("", "/"),
    ],
)
def test_an_expired_session_leads_to_the_login_and_back_to_what_was_looked_at(
    client, alice, looked_at, back
):
    alice.set_password("a calm sea at dawn")
    alice.save()
    response = client.get(URL, headers={"hx-request": "true", "hx-current-url": looked_at})
    assert response.status_code == 204
    door = response["HX-Redirect"]
    assert door.startswith(reverse("login"))
    given = {"username": "alice", "password": "a calm sea at dawn", "next": next_of(door)}
    assert client.post(reverse("login"), given)["Location"] == back


def next_of(door):
    return parse_qs(urlsplit(door).query)["next"][0]


@pytest.mark.django_db(transaction=True)
def test_no_change_is_lost_when_writers_commit_out_of_order(client_for, alice):
    """The slow writer takes its revision first and commits last: nobody overtakes it."""
    slow, quick = make_task(alice, "queued"), make_task(alice, "queued")
    client = client_for(alice)
    seen, cursor = set(), start(client)
    took, may_commit = threading.Event(), threading.Event()

    def slow_writer():
        with transaction.atomic():
            revision = next_revision()
            Task.objects.filter(pk=slow.pk).update(state="processing", revision=revision)
            took.set()
            may_commit.wait(5)
        connection.close()

    def quick_writer():
        move(quick)
        connection.close()

    writers = [threading.Thread(target=slow_writer), threading.Thread(target=quick_writer)]
    writers[0].start()
    assert took.wait(5)
    writers[1].start()
    for _ in range(3):
        response = ask(client, cursor)
        seen |= shown(response)
        cursor = cursor_of(response)
    may_commit.set()
    for writer in writers:
        writer.join(10)
    response = ask(client, cursor)
    seen |= shown(response)
    assert seen == {str(slow.pk), str(quick.pk)}
