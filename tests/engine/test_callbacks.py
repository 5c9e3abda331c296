"""Callbacks: a hint to poll now, whoever sends it, however often and whatever it says."""

import json
import re
import time
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from generation import jobs
from generation.gateway.client import GatewayClient
from generation.gateway.failures import Ambiguous
from generation.lifecycle import archive, dispatch
from generation.lifecycle.callbacks import ids_in
from generation.lifecycle.request_params import request_params
from generation.models import Lease, Task
from generation.sandbox.server import running_server
from generation.views import callbacks, limits
from tests.lifecycle.conftest import IMAGE_MODEL, words
from tests.support.clock import Clock
from tests.support.eventually import eventually
from tests.support.gateways.scripted import Reply

TOKEN = "a-token-that-nobody-guesses"
URL = f"/callbacks/{TOKEN}/"


def call(body=b"", url=URL, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    client = Client(enforce_csrf_checks=True)
    return client.post(url, data, content_type="application/json", headers=headers)


@pytest.fixture
def running(processing):
    """A processing task that would be polled in five minutes."""
    later = timezone.now() + timezone.timedelta(minutes=5)
    return processing(callback_token=TOKEN, next_poll_at=later)


@pytest.fixture
def uncertain(in_state):
    return in_state("uncertain", callback_token=TOKEN, model=IMAGE_MODEL)


@pytest.fixture
def hear(woken, django_capture_on_commit_callbacks):
    """Calls back, and does what a worker would do about it; the task as it is then."""

    def hear(task, body):
        with django_capture_on_commit_callbacks(execute=True):
            assert call(body).status_code == 204
        for job, args, _ in woken:
            if job == "generation.jobs.callback":
                jobs.callback(*args)
        woken.clear()
        task.refresh_from_db()
        return task

    return hear


# Our address


def test_every_task_has_an_address_of_its_own(submitted, settings):
    settings.PUBLIC_URL = "https://studio.example.com"
    first, second = submitted(variations=2)
    assert first.callback_token != second.callback_token
    assert len(first.callback_token) >= 43  # 256 bits
    params, _ = request_params(first)
    address = f"https://studio.example.com/callbacks/{first.callback_token}/"
    assert params["callback_url"] == address
    assert "callback_url" not in first.params


def test_the_members_own_address_is_kept(submitted, settings):
    settings.PUBLIC_URL = "https://studio.example.com"
    theirs = {"prompt": "A calm sea", "callback_url": "https://example.com/mine", "payload": "p"}
    params, _ = request_params(submitted(params=theirs))
    assert params == theirs


def test_without_a_public_address_nothing_is_sent(submitted):
    task = submitted()
    assert task.callback_token == ""
    assert "callback_url" not in request_params(task)[0]


def test_the_address_is_one_of_ours():
    assert reverse("callback", args=[TOKEN]) == URL


# A hint to poll now


def test_a_running_task_is_polled_now(running):
    assert call({"id": "remote-1", "state": "success"}).status_code == 204
    running.refresh_from_db()
    assert (running.state, running.next_poll_at) == ("processing", timezone.now())
    assert Lease.objects.get(name="poller").expires_at > timezone.now()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[" * 30_000,
        {"status": "failed", "id": "remote-1"},
        {"id": "another", "model": "another", "output": [{"url": "https://evil.example/1.mp4"}]},
        {"remote_id": "another", "state": "completed", "payload": "x" * 60_000},
    ],
)
def test_no_body_changes_what_a_task_is(running, body):
    before = (running.state, running.remote_id, running.revision, words(running))
    assert call(body).status_code == 204
    running.refresh_from_db()
    assert (running.state, running.remote_id, running.revision, words(running)) == before


def test_the_state_comes_from_the_gateway(running, gateway, poll):
    gateway.reply = Reply.json({"id": "remote-1", "status": "in_progress", "progress": 0.5})
    call({"id": "remote-1", "status": "failed"})
    task = poll(running)
    assert (task.state, task.progress) == ("processing", 0.5)


def test_calling_again_changes_nothing_more(running):
    for _ in range(3):
        call({"id": "remote-1"})
    running.refresh_from_db()
    assert running.next_poll_at == timezone.now()
    assert words(running) == []


def test_a_key_that_is_refused_is_not_asked_more_often(running):
    Task.objects.update(reason="key")
    call()
    later = running.next_poll_at
    running.refresh_from_db()
    assert running.next_poll_at == later


@pytest.mark.parametrize("state", ["queued", "submitting", "archiving", "completed", "failed"])
def test_in_other_states_nothing_happens(
    in_state, state, woken, django_capture_on_commit_callbacks
):
    task = in_state(state, callback_token=TOKEN)
    with django_capture_on_commit_callbacks(execute=True):
        assert call({"id": "remote-9", "status": "failed"}).status_code == 204
    assert (Task.objects.get().state, woken) == (state, [])
    assert Task.objects.get().revision == task.revision


# Uncertain tasks


def test_an_uncertain_task_is_found_again(uncertain, gateway, hear):
    gateway.reply = Reply.json(
        {"id": "remote-7", "status": "in_progress", "model": uncertain.model}
    )
    task = hear(uncertain, {"task_id": "remote-7"})
    assert (task.state, task.remote_id, task.reason) == ("processing", "remote-7", "")
    assert words(task)[-1] == "found"
    assert gateway.requests[0].path.endswith("/task/remote-7")
    assert hear(task, {"task_id": "remote-8"}).remote_id == "remote-7"


def test_the_first_id_that_the_gateway_confirms_counts(uncertain, gateway, hear):
    def reply(request):
        known = request.path.endswith("/remote-7")
        return Reply.json({"id": "remote-7", "status": "in_progress"}, 200 if known else 404)

    gateway.reply = reply
    body = {"id": 916205061116293120, "task_id": "remote-7"}
    assert hear(uncertain, body).remote_id == "remote-7"


def test_an_unknown_id_leaves_it_uncertain(uncertain, gateway, hear):
    gateway.reply = Reply.json({"error": "task not found"}, 404)
    before = words(uncertain)
    task = hear(uncertain, {"id": "remote-7"})
    assert (task.state, task.remote_id, words(task)) == ("uncertain", "", before)


def test_another_models_task_is_not_taken(uncertain, gateway, hear):
    reply = {"id": "remote-7", "status": "completed", "model": "vidu20_img2video"}
    gateway.reply = Reply.json(reply)
    assert hear(uncertain, {"id": "remote-7"}).state == "uncertain"


def test_another_tasks_id_is_not_taken(uncertain, running, gateway, hear):
    Task.objects.filter(pk=running.pk).update(callback_token="another")
    assert hear(uncertain, {"id": "remote-1"}).state == "uncertain"
    assert gateway.requests == []


def test_a_task_whose_id_is_known_believes_no_other(in_state, gateway, hear):
    late = in_state("uncertain", callback_token=TOKEN, reason="deadline", remote_id="remote-3")
    gateway.reply = Reply.json({"id": "remote-3", "status": "in_progress"})
    task = hear(late, {"id": "remote-7"})
    assert (task.state, task.remote_id) == ("processing", "remote-3")


def test_a_body_without_an_id_is_no_help(uncertain, gateway, hear):
    assert hear(uncertain, {"state": "success"}).state == "uncertain"
    assert gateway.requests == []


def test_a_job_for_a_task_that_is_gone_ends_quietly(uncertain, gateway):
    Task.objects.update(state="failed")
    jobs.callback(str(uncertain.pk), "remote-7")
    assert gateway.requests == []


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        (b'{"id": "a1", "task_id": "b2"}', ["a1", "b2"]),
        (b'{"id": "a1", "task_id": "a1"}', ["a1"]),
        (b'{"id": 17}', ["17"]),
        (b'{"id": 0, "task_id": null}', []),
        (b'{"id": "two words"}', []),
        (b'{"id": ["a1"]}', []),
        (b'{"id": "../../admin?x"}', ["../../admin?x"]),  # quoted where it is used
        (b'["a1"]', []),
        (b"a1", []),
        (b"[" * 100_000, []),
        (b"9" * 10_000, []),
    ],
)
def test_ids_are_read_from_anything(body, ids):
    assert ids_in(body) == ids


# Strangers


def test_a_wrong_token_is_not_found(running, django_assert_max_num_queries):
    with django_assert_max_num_queries(1):
        response = call(url="/callbacks/another-token/")
    assert (response.status_code, response.content) == (404, b"")


def test_a_task_without_a_token_has_no_address(processing):
    processing()
    assert call(url="/callbacks//").status_code == 404


@pytest.mark.parametrize("url", [URL, "/callbacks/another-token/"])
def test_only_posts_are_taken(running, client, url):
    assert client.get(url).status_code == 405


@pytest.mark.parametrize(("size", "status"), [(64 * 1024, 204), (64 * 1024 + 1, 413)])
def test_a_body_has_a_limit(running, size, status):
    assert call(b"x" * size).status_code == status


@pytest.fixture
def one_minute(monkeypatch):
    """However long the calls take."""
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: 7.0))


def test_a_task_may_be_called_about_only_so_often(running, one_minute):
    statuses = [call().status_code for _ in range(callbacks.PER_TOKEN + 5)]
    assert statuses == [204] * callbacks.PER_TOKEN + [429] * 5


def test_an_address_may_call_only_so_often(running, monkeypatch, one_minute):
    monkeypatch.setattr(callbacks, "PER_ADDRESS", 10)
    statuses = [call(url=f"/callbacks/guess-{n}/").status_code for n in range(15)]
    assert statuses == [404] * 10 + [429] * 5
    assert call().headers["Retry-After"] == "60"


def test_the_next_minute_begins_anew(monkeypatch):
    from generation.views import limits

    clock = Clock(0.0)
    monkeypatch.setattr(limits, "time", clock)
    calls = limits.PerMinute()
    assert [calls.allows("a", 1), calls.allows("a", 1), calls.allows("b", 1)] == [True, False, True]
    clock.now = 60.0
    assert calls.allows("a", 1)


def test_strangers_cannot_fill_the_memory(monkeypatch):
    from generation.views import limits

    monkeypatch.setattr(limits, "MOST_NAMES", 2)
    calls = limits.PerMinute()
    assert [calls.allows(name, 9) for name in "abca"] == [True, True, False, True]


# End to end


def goes_on(clock, what):
    """The sandbox goes by the clock that we move, its renderer by the real one."""
    return eventually(lambda: what() or clock.shift(0.1), 20.0, every=0.02)


@pytest.mark.django_db(transaction=True)
def test_a_sandbox_that_calls_back_settles_what_its_answer_did_not(
    live_server, settings, submitted, poll_round, clock, woken, monkeypatch
):
    """The create arrives, its answer is lost; the callback brings the task home."""
    settings.PUBLIC_URL = live_server.url
    create = GatewayClient.create

    def lose_the_answer(self, *args):
        create(self, *args)
        raise Ambiguous("The gateway did not answer in time")

    monkeypatch.setattr(GatewayClient, "create", lose_the_answer)
    with running_server(seconds=1, jitter=0, fast=True, callbacks=True) as sandbox:
        settings.GATEWAY_URL = sandbox.base_url
        task = submitted()
        dispatch.dispatch_due()
        task.refresh_from_db()
        assert task.state == "uncertain"
        assert goes_on(clock, lambda: any(job == "generation.jobs.callback" for job, *_ in woken))
        jobs.callback(*next(args for job, args, _ in woken if job == "generation.jobs.callback"))
        for _ in range(100):
            poll_round()
            task.refresh_from_db()
            if task.state != "processing":
                break
            clock.shift(1)
            time.sleep(0.05)
        archive.archive_due()
        task.refresh_from_db()
    assert task.state == "completed"
    assert re.search(r"sending uncertain found .*completed", " ".join(words(task)))
