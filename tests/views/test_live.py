"""The live page: nothing missed, nothing shown to the wrong person, nearly free when idle."""

import re
import threading

import pytest
from django.db import connection, transaction
from django.urls import reverse

from generation.lifecycle.transitions import Happened, State, change
from generation.models import Task, next_revision
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
    with django_assert_num_queries(6):
        ask(client, cursor)
    for _ in range(30):
        make_task(bob, "queued")
    with django_assert_num_queries(6):
        assert len(shown(ask(client, cursor))) == 31


def test_an_expired_session_leads_the_page_to_the_login(client, alice):
    response = client.get(
        URL, headers={"hx-request": "true", "hx-current-url": "http://testserver/?whose=mine"}
    )
    assert response.status_code == 204
    assert response["HX-Redirect"].startswith(reverse("login"))


def test_nonsense_cursor_is_harmless(client_for, alice):
    make_task(alice)
    assert client_for(alice).get(URL, {"since": "'; DROP"}).status_code == 204


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
