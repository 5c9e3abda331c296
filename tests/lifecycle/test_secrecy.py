"""What must not be anywhere: keys and image data in the queue, the timeline, the logs."""

import ast
import json
import logging
from pathlib import Path
from uuid import UUID

import pytest
from django.core import serializers
from django_q.brokers.orm import ORM
from django_q.models import OrmQ
from django_q.signing import SignedPackage

import generation
from generation import jobs
from generation.lifecycle import actions, key_check
from generation.lifecycle.enqueue import Input
from generation.models import ApiKey, Image, Lease, Output, Task, TaskEvent
from tests.factories import make_key
from tests.forms.helpers import images_of
from tests.support.gateways.scripted import Reply

CANARY = "vda_CANARY0123456789abcdef"


@pytest.fixture
def canary(alice, caplog):
    caplog.set_level(logging.DEBUG)
    return make_key(alice, "Canary", CANARY)


@pytest.fixture
def echo(gateway):
    """A gateway that repeats in every answer what it was sent, key and image data included."""

    def reply(request):
        said = json.dumps(request.headers["authorization"] + request.body.decode()[:2000])
        error = {"code": "E1", "message": f"bad request: {said}"}
        return Reply.json({"error": error}, gateway.status, **{"X-Request-Id": said[:90]})

    gateway.reply = reply
    return gateway


@pytest.fixture
def queue(monkeypatch):
    """The queue in the database, where it can be read, whichever broker is set."""
    monkeypatch.setattr("django_q.conf.Conf.ORM", "default")
    monkeypatch.setattr("django_q.tasks.get_broker", lambda *args: ORM("test"))


def everything_written(caplog):
    """The text of all rows, of what is queued and of the log."""
    models = (Task, TaskEvent, Output, ApiKey, Image, Lease)
    rows = "".join(serializers.serialize("json", model.objects.all()) for model in models)
    queued = "".join(str(SignedPackage.loads(row.payload)) for row in OrmQ.objects.all())
    logged = "".join(logging.Formatter().format(record) for record in caplog.records)
    return rows + queued + logged


@pytest.mark.parametrize("status", [400, 401, 429, 500, 200])
@pytest.mark.django_db(transaction=True)
def test_an_echoing_gateway_leaks_nothing(
    echo, canary, submitted, alice, poll, caplog, status, queue
):
    echo.status = status
    task = submitted(key=canary, images=[Input(image=images_of(alice, 1)[0])])
    jobs.dispatch()
    actions.repeat(task, alice)
    Task.objects.filter(pk=task.pk).update(
        state="processing", remote_id="remote-1", next_poll_at=task.created_at
    )
    poll(task)
    key_check.test_key(canary)
    jobs.reconcile()
    text = everything_written(caplog)
    assert len(echo.requests) >= 3
    assert OrmQ.objects.exists()
    assert "CANARY" not in text
    assert "base64" not in text


def test_a_surprise_leaks_nothing(gateway, canary, submitted, caplog, monkeypatch):
    def surprise(self, model, params, key):
        raise RuntimeError("no clue")

    monkeypatch.setattr("generation.gateway.client.GatewayClient.create", surprise)
    submitted(key=canary)
    jobs.dispatch()
    assert "RuntimeError" in caplog.text
    assert "CANARY" not in everything_written(caplog)


def test_the_whole_way_wakes_with_small_arguments_only(
    sandbox, submitted, poll, clock, woken, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        task = submitted()
        jobs.dispatch()
        clock.shift(10)
        assert poll(task).state == "archiving"
        jobs.archive()
        jobs.reconcile()
    task.refresh_from_db()
    assert task.state == "completed"
    assert {(job, cluster) for job, _, cluster in woken} == {
        ("generation.jobs.dispatch", "default"),
        ("generation.jobs.poll", "poll"),
        ("generation.jobs.archive", "default"),
    }
    arguments = [argument for _, given, _ in woken for argument in given]
    assert arguments
    assert all(isinstance(argument, str | int | UUID) for argument in arguments)
    assert all(len(str(argument)) <= 36 for argument in arguments)


def calls_of(tree, name):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
            yield node


def test_only_two_places_use_the_queue():
    root = Path(generation.__file__).parent
    users = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if any(calls_of(ast.parse(path.read_text()), "async_task"))
    }
    assert users == {"workers/wakeups.py", "supervisor/ping.py"}


def test_every_wakeup_names_a_job_that_exists():
    root = Path(generation.__file__).parent
    names = {
        node.args[0].value
        for path in root.rglob("*.py")
        for name in ("wake", "async_task")
        for node in calls_of(ast.parse(path.read_text()), name)
        if isinstance(node.args[0], ast.Constant)
    }
    assert names
    for name in names:
        module, _, job = name.rpartition(".")
        assert (module, callable(getattr(jobs, job))) == ("generation.jobs", True)
