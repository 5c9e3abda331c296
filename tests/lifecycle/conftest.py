"""The lifecycle against a real gateway: the sandbox, or a server that behaves badly.

The clock stands still unless a test moves it.
"""

import time
from concurrent.futures import Future
from contextlib import nullcontext
from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from generation.lifecycle import archive, dispatch, poller
from generation.lifecycle.enqueue import APART, Submission, enqueue
from generation.models import Lease, Output, Task
from generation.sandbox.server import running_server
from generation.scheduling import durations, sampling
from generation.workers import job_pool
from tests.factories import make_task
from tests.sandbox.client import Client
from tests.support.gateways.scripted import Reply, http_gateway

IMAGE_MODEL = "viduq2_reference2image"
SECONDS = 6
FILE = {"type": "image", "url": "https://cdn.example/1.png"}
DONE = {"id": "remote-1", "status": "completed", "output": [{"content": [FILE]}]}
"""What the gateway says of a task that is done."""


class Ahead:
    """The clock of the sandbox: ours, and a little ahead while it makes its first result."""

    seconds = 0.0

    def __call__(self):
        return time.time() + self.seconds


@pytest.fixture(scope="session")
def _sandbox():
    import httpx

    clock = Ahead()
    with (
        running_server(seconds=SECONDS, jitter=0, fast=True, clock=clock) as server,
        httpx.Client(base_url=server.url, trust_env=False) as http,
    ):
        client = Client(http)
        remote_id = client.made(IMAGE_MODEL, images=[], prompt="The first")
        clock.seconds = SECONDS + 1
        client.finished(remote_id)
        clock.seconds = 0
        yield server


@pytest.fixture(autouse=True)
def clock():
    start = datetime.now().astimezone().replace(microsecond=0)
    with time_machine.travel(start, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _quick(monkeypatch, settings):
    """No rest between two rounds, and nothing left in memory of another test's gateway."""
    monkeypatch.setattr(poller, "REST", 0)
    settings.MAX_POLLS_PER_SECOND = settings.MAX_POLLS_PER_SECOND_PER_KEY = 0
    durations.memory.forget()
    sampling.sampled_tasks.forget()
    archive._downloader.cache_clear()
    yield
    archive._downloader.cache_clear()


@pytest.fixture
def woken(monkeypatch):
    """What was put into the queue: (job, arguments, cluster)."""
    calls = []

    def note(job, *args, q_options=None):
        calls.append((job, args, (q_options or {}).get("cluster")))

    monkeypatch.setattr("generation.workers.wakeups.async_task", note)
    return calls


@pytest.fixture
def at_once(monkeypatch):
    """Slow parts run in the test's own thread, which may then look into the database."""

    def run(work):
        future = Future()
        job_pool._fulfil(future, work)
        return future

    monkeypatch.setattr(job_pool, "_in_thread", run)


class Sandbox:
    """The requests that one test made."""

    def __init__(self, server):
        self.server = server
        self._before = len(server.requests.entries())

    def requests(self, method=None):
        entries = self.server.requests.entries()[self._before :]
        return [entry for entry in entries if method in (None, entry["method"])]


@pytest.fixture
def sandbox(_sandbox, settings, db):
    settings.GATEWAY_URL = _sandbox.base_url
    return Sandbox(_sandbox)


@pytest.fixture
def gateway(settings, db):
    """A server that answers what the test says."""
    with http_gateway() as server:
        settings.GATEWAY_URL = server.url
        server.reply = Reply.json({"id": "remote-1", "status": "in_progress"})
        yield server


@pytest.fixture
def submitted(alice, team_key, clock):
    """Submits tasks of alice's; one by default, returned itself. None is of another's microsecond."""

    def make(*, model=IMAGE_MODEL, params=None, **fields):
        from generation.catalog import MODELS

        submission = Submission(
            owner=alice,
            spec=MODELS[model],
            params=params or {"prompt": "A calm sea"},
            key=fields.pop("key", team_key),
            visibility="team",
            **fields,
        )
        tasks = enqueue(submission)
        clock.shift(len(tasks) * APART)
        return tasks if submission.variations > 1 else tasks[0]

    return make


@pytest.fixture
def sent(submitted):
    """Submits a task, lets a worker send what is due; the fresh task."""

    def run(task=None, **fields):
        task = task or submitted(**fields)
        dispatch.dispatch_due()
        task.refresh_from_db()
        return task

    return run


@pytest.fixture
def processing(alice, team_key):
    """A task that the gateway has taken under the id `remote-1`."""

    def make(**fields):
        now = timezone.now()
        usual = {
            "model": IMAGE_MODEL,
            "params": {"prompt": "A calm sea"},
            "key": team_key,
            "remote_id": "remote-1",
            "attempts": 1,
            "sent_at": now,
            "accepted_at": now,
            "next_poll_at": now,
            "deadline_at": now + timedelta(seconds=900),
        }
        return make_task(alice, "processing", **{**usual, **fields})

    return make


@pytest.fixture
def archiving(processing):
    """A finished task of one file at `url`, not yet saved."""

    def make(url, kind="image", **fields):
        task = processing()
        Task.objects.filter(pk=task.pk).update(state="archiving")
        now = timezone.now()
        usual = {"expires_at": now + timedelta(hours=24), "next_attempt_at": now}
        Output.objects.create(task=task, kind=kind, source_url=url, **{**usual, **fields})
        task.refresh_from_db()
        return task

    return make


@pytest.fixture
def poll_round():
    """One round of the poller at whatever is due; how it ended."""

    def poll_round():
        now = timezone.now()
        if not Lease.objects.filter(name=poller.LEASE_NAME, expires_at__gte=now).exists():
            poller.ensure_poller()
        return poller.run_poller(Lease.objects.get(name=poller.LEASE_NAME).token, budget=0.005)

    return poll_round


@pytest.fixture
def poll(poll_round, clock):
    """Waits until a task is due again and polls it; the fresh task."""

    def poll(task):
        task.refresh_from_db()
        if task.next_poll_at and task.next_poll_at > timezone.now():
            clock.move_to(task.next_poll_at)
        poll_round()
        task.refresh_from_db()
        return task

    return poll


def running(**more):
    """What the gateway says of a task that is not done."""
    return Reply.json({"id": "remote-1", "status": "in_progress", **more})


def words(task):
    """The task's timeline in words."""
    return list(task.events.values_list("kind", flat=True))


def run_job(steps, renew=lambda: None):
    """Runs one job of dispatch or archive to its end."""
    jobs = job_pool.JobPool()
    jobs.start(job_pool.Job(steps, renew, nullcontext))
    jobs.finish()
