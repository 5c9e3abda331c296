"""The lifecycle's own parts, and tasks as they are in every state when all is well."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from generation.lifecycle.transitions import Happened, record
from generation.views import callbacks
from tests.factories import make_output, make_task
from tests.lifecycle.conftest import (  # noqa: F401  fixtures
    _quick,
    _sandbox,
    clock,
    gateway,
    poll,
    poll_round,
    processing,
    sandbox,
    submitted,
    woken,
)


@pytest.fixture(autouse=True)
def _no_calls_yet():
    callbacks.calls.forget()


@pytest.fixture
def in_state(alice, team_key):
    """A task of alice's in the given state, with everything that such a task has."""

    def make(state, **fields):
        now = timezone.now()
        usual = {"key": team_key, "key_label": team_key.label}
        if state not in ("queued", "canceled"):
            usual |= {"sent_at": now, "attempts": 1}
        if state in ("processing", "archiving", "completed", "lost"):
            usual |= {"remote_id": f"remote-{uuid4()}", "accepted_at": now}
        if state == "submitting":
            usual |= {"claimed_until": now + timedelta(seconds=60)}
        if state == "processing":
            usual |= {"next_poll_at": now, "deadline_at": now + timedelta(seconds=900)}
        if state in ("completed", "failed", "lost", "canceled"):
            usual |= {"finished_at": now}
        if state == "uncertain":
            usual |= {"reason": "no-answer"}
        task = make_task(alice, state, **{**usual, **fields})
        if state == "completed":
            make_output(task)
        if state in ("archiving", "lost"):
            pending = "pending" if state == "archiving" else "lost"
            task.outputs.create(
                kind="video",
                state=pending,
                source_url="https://cdn.example/1.mp4",
                expires_at=now + timedelta(hours=24),
                last_error="Gone" if state == "lost" else "",
            )
        if "sent_at" in usual:
            record(task.pk, "submitting", Happened("sending", "The request leaves now."))
        record(task.pk, state, Happened("made", "Made for a test."))
        return task

    return make
