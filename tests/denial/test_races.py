"""What many press at once happens once, on either database."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from generation import first_run
from generation.lifecycle.transitions import Happened, State, change
from generation.models import EventKind, User
from tests.factories import make_task

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(presses):
    """What each of `presses` returns, all begun in one moment."""
    start = Barrier(len(presses))

    def run(press):
        try:
            start.wait(20)
            return press()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(presses)) as pool:
        return list(pool.map(run, presses))


def test_ten_first_admins_at_once_are_one():
    token = first_run.setup_address("http://x").partition("token=")[2]

    def press(number):
        form = {"username": f"first{number}", "email": "", "token": token}
        passwords = {"password1": "a calm sea at dawn", "password2": "a calm sea at dawn"}
        return lambda: Client().post("/setup/", form | passwords).status_code

    assert sorted(at_once([press(n) for n in range(10)])) == [302] + [404] * 9
    assert User.objects.get().is_superuser


def test_cancelled_or_sent_and_never_both(alice, client_for):
    """Six presses and a worker who takes it: one of them has it, and the timeline says who."""
    task = make_task(alice, "queued")
    clients = [client_for(alice) for _ in range(6)]
    address = reverse("task-cancel", args=[task.pk])
    took = []

    def worker():
        claimed = Happened(EventKind.CLAIMED, "A worker takes it.")
        took.append(change(task.pk, State.QUEUED, to=State.SUBMITTING, happened=claimed))

    at_once([worker] + [lambda client=client: client.post(address) for client in clients])
    task.refresh_from_db()
    kinds = list(task.events.values_list("kind", flat=True))
    assert task.state == (State.SUBMITTING if took[0] else State.CANCELED)
    assert kinds == [EventKind.CLAIMED if took[0] else EventKind.CANCELED]
