"""Who is offered to take a task out of the queue or to release it, and when."""

import pytest
from django.urls import reverse
from django.utils import timezone

from generation.lifecycle import actions
from generation.models import TaskEvent
from tests.factories import make_task


def offered(client, task):
    """On its card in the gallery and on its page, which says what happens with the money."""
    address = reverse("task-cancel", args=[task.pk])
    pages = [client.get(page).content.decode() for page in ("/tasks/", task.get_absolute_url())]
    told = " ".join(pages[1].split())
    may = f'action="{address}"' in pages[1]
    assert ("It costs nothing to cancel it." in told) is (may and task.charge == 0)
    assert ("Once you cancel it, it is not sent again." in told) is (may and task.charge is None)
    sent = task.state in ("submitting", "processing")
    assert ("What comes of it is charged as usual." in told) is sent
    return [f'action="{address}"' in page for page in pages]


def test_while_it_waits(client_for, alice):
    assert offered(client_for(alice), make_task(alice, "queued")) == [True, True]


@pytest.mark.parametrize("state", ["submitting", "processing", "completed", "failed", "canceled"])
def test_not_once_it_has_left_or_ended(client_for, alice, state):
    assert offered(client_for(alice), make_task(alice, state)) == [False, False]


def test_not_to_a_colleague(client_for, alice, bob):
    assert offered(client_for(bob), make_task(alice, "queued")) == [False, False]


def test_to_an_admin_of_a_colleague_s_task(client_for, alice, admin):
    assert offered(client_for(admin), make_task(alice, "queued")) == [True, True]


def test_while_it_is_held_after_a_restore_and_once_it_is_released(client_for, alice, admin, held):
    for client in (client_for(alice), client_for(admin)):
        assert offered(client, held) == [False, True]  # on its page alone
        released = make_task(alice, "queued", was_held=True)
        assert offered(client, released) == [True, True]
    for task in (held, released):
        assert actions.cancel(task, alice)
        text = TaskEvent.objects.get(task=task, kind="canceled").text
        assert "Whether it was sent before the restore is not known." in text


# What is held after a restore


@pytest.fixture
def held(alice):
    return make_task(alice, "queued", held_since=timezone.now(), was_held=True)


def released_on_its_page(client, task):
    address = reverse("task-release", args=[task.pk])
    return f'action="{address}"' in client.get(task.get_absolute_url()).content.decode()


def test_an_admin_releases_what_is_held(client_for, admin, alice, held):
    assert released_on_its_page(client_for(admin), held)
    assert not released_on_its_page(client_for(admin), make_task(alice, "queued"))


def test_its_owner_does_not(client_for, alice, held):
    assert not released_on_its_page(client_for(alice), held)
