"""Databases and gateways that fail in the middle of a job with several tasks in hand."""

import threading

from django.db import OperationalError

from generation.gateway.failures import GatewayFailure
from generation.lifecycle import archive, create_request, dispatch, output_claims
from generation.lifecycle.archive import archive_due
from generation.models import Task
from tests.support.gateways.scripted import Reply

from .conftest import words


def test_answers_under_way_are_kept_when_the_database_fails(gateway, submitted, monkeypatch):
    """Claiming the next task fails while the gateway is taking the first one."""
    task = submitted()
    claimed = iter([dispatch._claim()])

    def claim(*args, **options):
        for first in claimed:
            return first
        raise OperationalError("database is locked")

    monkeypatch.setattr(dispatch, "_claim", claim)
    try:
        dispatch.dispatch_due()
    except OperationalError:
        task.refresh_from_db()
    assert (task.state, task.remote_id) == ("processing", "remote-1")
    assert len(gateway.requests) == 1


def test_what_fails_before_sending_goes_back_to_the_queue(gateway, submitted, monkeypatch):
    def fail(task):
        raise OperationalError("terminating connection due to administrator command")

    monkeypatch.setattr(create_request, "request_params", fail)
    task = submitted()
    dispatch.dispatch_due()
    task.refresh_from_db()
    assert (task.state, task.sent_at, task.claimed_until) == ("queued", None, None)
    assert words(task)[-1] == "waits"
    assert gateway.requests == []


def test_results_under_way_are_kept_when_the_database_fails(gateway, archiving, monkeypatch):
    task = archiving(f"{gateway.url}/1.jpg")
    claimed = iter([output_claims.claim()])

    def claim(*ahead):
        for first in claimed:
            return first
        raise OperationalError("database is locked")

    monkeypatch.setattr(output_claims, "claim", claim)
    gateway.reply = Reply(500)
    try:
        archive_due()
    except OperationalError:
        task.refresh_from_db()
    assert "HTTP 500" in task.outputs.get().last_error


def test_asking_for_a_fresh_address_holds_up_nobody(gateway, archiving, monkeypatch):
    """The gateway may hang; the thread that owes heartbeats does not ask it."""
    asked_in = []

    def reply(request):
        return Reply(403)

    class Client:
        def __enter__(self):
            return self

        def __exit__(self, *args):
            pass

        def fetch(self, *args):
            asked_in.append(threading.current_thread())
            raise GatewayFailure("It hangs.")

    gateway.reply = reply
    monkeypatch.setattr(archive, "open_client", Client)
    task = archiving(f"{gateway.url}/1.jpg")
    archive_due()
    assert Task.objects.get(pk=task.pk).reason == "at-risk"
    assert len(asked_in) == 1
    assert asked_in[0] is not threading.main_thread()
