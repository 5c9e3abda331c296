import json
import random
import socket
from datetime import timedelta
from io import BytesIO
from threading import Event

import pytest
from django.core.files.base import ContentFile
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone
from PIL import Image as Picture

from generation.gateway.client import GatewayClient
from generation.lifecycle import actions, dispatch, dispatch_results, request_params
from generation.lifecycle.enqueue import Input, SubjectInput
from generation.lifecycle.reconcile import recover_claims
from generation.media.fitting import uri_size
from generation.models import ApiKey, Image, Lease, Task
from generation.monitoring.invariants import broken
from generation.workers.gateway_clients import open_client
from tests.factories import make_key, make_task
from tests.forms.helpers import images_of
from tests.lifecycle.conftest import run_job, words
from tests.support.gateways.raw import raw_gateway, read_request, wait_for_close
from tests.support.gateways.scripted import Reply
from tests.support.ports import free_port


@pytest.fixture
def sent(submitted):
    """Submits a task, lets a worker send what is due; the fresh task."""

    def run(task=None, **fields):
        task = task or submitted(**fields)
        dispatch.dispatch_due()
        task.refresh_from_db()
        return task

    return run


def seconds_to_wait(task):
    return (task.next_attempt_at - timezone.now()).total_seconds()


def test_an_accepted_task_is_followed(sandbox, sent):
    task = sent()
    assert task.state == "processing"
    assert task.remote_id
    assert words(task) == ["queued", "claimed", "sending", "accepted"]
    assert timezone.now() < task.next_poll_at < task.deadline_at
    assert Lease.objects.get(name="poller").expires_at > timezone.now()


def test_everything_due_is_sent(sandbox, submitted):
    submitted(variations=3)
    dispatch.dispatch_due()
    assert not Task.objects.filter(state="queued").exists()
    assert len(sandbox.requests("POST")) == 3


def test_the_gateway_gets_model_parameters_and_key(gateway, sent):
    sent(params={"prompt": "A calm sea", "seed": 7})
    request = gateway.requests[0]
    assert json.loads(request.body) == {
        "model": "viduq2_reference2image",
        "input": [{"params": {"prompt": "A calm sea", "seed": 7}}],
    }
    assert request.headers["authorization"] == "Bearer sandbox-test-key-0000"


def test_the_key_remembers_its_use(sandbox, sent, team_key):
    sent()
    team_key.refresh_from_db()
    assert team_key.last_used_at == timezone.now()


def test_uploads_and_addresses_go_in_order(gateway, sent, alice):
    image = images_of(alice, 1)[0]
    sent(images=[Input(url="https://example.com/1.png"), Input(image=image)])
    params = json.loads(gateway.requests[0].body)["input"][0]["params"]
    assert params["images"][0] == "https://example.com/1.png"
    assert params["images"][1].startswith("data:image/jpeg;base64,")


def test_subjects_go_with_their_images(gateway, sent, alice):
    first, second, plain = images_of(alice, 3)
    sent(
        model="viduq2_pro_fast_reference2video",
        params={"prompt": "@fox meets @hen", "audio": True},
        subjects=[
            SubjectInput(handle="fox", title="Fox", voice_id="v1", images=[first, plain]),
            SubjectInput(handle="hen", title="Hen", voice_id="", images=[second]),
        ],
    )
    fox, hen = json.loads(gateway.requests[0].body)["input"][0]["params"]["subjects"]
    assert (fox["id"], fox["voice_id"], len(fox["images"])) == ("fox", "v1", 2)
    assert (hen["id"], len(hen["images"]), "voice_id" in hen) == ("hen", 1, False)


def test_a_voice_is_not_sent_without_sound(gateway, sent, alice):
    sent(
        model="viduq2_pro_fast_reference2video",
        params={"prompt": "@fox runs"},
        subjects=[SubjectInput(handle="fox", title="", voice_id="v1", images=images_of(alice, 1))],
    )
    subject = json.loads(gateway.requests[0].body)["input"][0]["params"]["subjects"][0]
    assert "voice_id" not in subject


def test_images_too_large_together_are_made_to_fit(gateway, sent, alice):
    noise = random.Random(1).randbytes(2400 * 2400 * 3)
    buffer = BytesIO()
    Picture.frombytes("RGB", (2400, 2400), noise).save(buffer, "PNG", compress_level=1)
    image = Image(
        owner=alice, sha256="0" * 64, format="png", mime="image/png", width=2400, height=2400
    )
    image.bytes = buffer.getbuffer().nbytes
    image.file.save("images/noise.png", ContentFile(buffer.getvalue()), save=False)
    image.save()
    task = sent(images=[Input(image=image)])
    assert task.state == "processing"
    assert len(gateway.requests[0].body) <= 20_000_000
    note = task.events.get(word="fitted").text
    assert note.startswith("Image 1 was re-encoded from")


@pytest.mark.parametrize("parameter", ["prompt", "payload"])
def test_images_leave_room_for_the_words_of_the_request(
    gateway, sent, alice, monkeypatch, parameter
):
    """The image alone would fit, and so would the words: not both."""
    noise = Picture.frombytes("RGB", (300, 300), random.Random(2).randbytes(300 * 300 * 3))
    buffer = BytesIO()
    noise.save(buffer, "PNG", compress_level=1)
    image = Image(
        owner=alice, sha256="1" * 64, format="png", mime="image/png", width=300, height=300
    )
    image.file.save("images/words.png", ContentFile(buffer.getvalue()), save=False)
    image.bytes = buffer.getbuffer().nbytes
    image.save()
    most = request_params.MARGIN + uri_size(image.bytes, image.mime) + 50_000
    monkeypatch.setattr(request_params, "MAX_BODY", most)
    short = sent(images=[Input(image=image)])
    assert not short.events.filter(word="fitted").exists()
    long = sent(images=[Input(image=image)], params={"prompt": "x", parameter: "猫" * 30_000})
    assert long.events.filter(word="fitted").exists()
    assert len(gateway.requests[0].body) <= most
    assert len(gateway.requests[1].body) <= most


def test_an_upload_whose_file_is_gone_fails_before_sending(gateway, sent, alice):
    image = images_of(alice, 1)[0]
    image.file.storage.delete(image.file.name)
    task = sent(images=[Input(image=image)])
    assert (task.state, task.reason) == ("failed", "input")
    assert "cannot be read" in task.error_message
    assert gateway.requests == []


# Surely not sent: again later


def test_an_unreachable_gateway_leaves_the_task_queued(settings, sent):
    settings.GATEWAY_URL = f"http://127.0.0.1:{free_port()}/v1/generation"
    task = sent()
    assert (task.state, task.reason, task.attempts) == ("queued", "unreachable", 1)
    assert task.sent_at is None
    assert seconds_to_wait(task) == 2
    assert words(task) == ["queued", "claimed", "sending", "waits"]


def test_the_pauses_grow_up_to_five_minutes(settings, sent, clock):
    settings.GATEWAY_URL = f"http://127.0.0.1:{free_port()}/v1/generation"
    task = sent()
    pauses = [seconds_to_wait(task)]
    for _ in range(9):
        clock.move_to(task.next_attempt_at)
        pauses.append(seconds_to_wait(sent(task)))
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_it_is_not_tried_again_before_its_time(gateway, sent):
    gateway.reply = Reply(429, b"{}", {"Retry-After": "30"})
    sent(sent())
    assert len(gateway.requests) == 1


def test_a_busy_gateway_says_how_long_to_wait(gateway, sent):
    gateway.reply = Reply.json({"error": "slow down"}, 429, **{"Retry-After": "37"})
    task = sent()
    assert (task.state, task.reason) == ("queued", "busy")
    assert seconds_to_wait(task) == 37


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}])
def test_a_busy_gateway_that_does_not_say_gets_our_pauses(gateway, sent, headers):
    gateway.reply = Reply.json({"error": "slow down"}, 429, **headers)
    task = sent()
    assert (task.state, task.reason, seconds_to_wait(task)) == ("queued", "busy", 2)


def test_a_retry_at_once_is_not_taken_literally(gateway, sent):
    gateway.reply = Reply.json({}, 503, **{"Retry-After": "0"})
    assert seconds_to_wait(sent()) == 1
    assert len(gateway.requests) == 1


def test_the_next_try_goes_through(sandbox, sent, clock):
    task = sent(params={"prompt": "A sea [429]"})
    assert (task.state, seconds_to_wait(task)) == ("queued", 2)
    clock.shift(2)
    assert sent(task).state == "processing"
    assert task.attempts == 2


def test_the_pump_is_started_to_ring_when_the_pause_is_over(
    gateway, sent, look, clock, woken, django_capture_on_commit_callbacks
):
    gateway.reply = Reply(429, b"{}", {"Retry-After": "10"})
    sent()
    assert Lease.objects.get(name="poller").expires_at > timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        assert look() == "handed over"
    assert ("generation.jobs.dispatch", (), "default") not in woken
    clock.shift(10)
    with django_capture_on_commit_callbacks(execute=True):
        look()
    assert ("generation.jobs.dispatch", (), "default") in woken


# Refused: failed, with what the gateway said


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422])
def test_a_refusal_fails_the_task(gateway, sent, status):
    gateway.reply = Reply.json({"error": {"code": "E1", "message": "not like this"}}, status)
    task = sent()
    assert (task.state, task.reason, task.http_status) == ("failed", "refused", status)
    assert (task.error_code, task.error_message) == ("E1", "not like this")
    assert task.finished_at is not None
    assert task.charge == 0
    assert len(gateway.requests) == 1


def test_a_refused_key_is_noted_on_the_key(gateway, sent, team_key):
    gateway.reply = Reply.json({"error": "who are you"}, 401)
    sent()
    team_key.refresh_from_db()
    assert team_key.last_error


def test_the_sandbox_refuses_a_real_key(sandbox, sent, alice):
    task = sent(key=make_key(alice, secret="vda_real_key"))
    assert (task.state, task.http_status) == ("failed", 401)


def test_a_key_switched_off_meanwhile_is_not_used(gateway, sent, submitted, team_key):
    task = submitted()
    ApiKey.objects.update(active=False)
    assert (sent(task).state, task.reason) == ("failed", "key")
    assert gateway.requests == []


def test_a_key_deleted_meanwhile_is_not_used(gateway, sent, submitted, team_key):
    task = submitted()
    team_key.delete()
    assert (sent(task).state, task.reason) == ("failed", "key")
    assert gateway.requests == []


def test_a_key_that_cannot_be_decrypted_fails_the_task(gateway, sent, submitted):
    task = submitted()
    ApiKey.objects.update(secret="gAAAAA-not-ours")
    assert (sent(task).state, task.reason) == ("failed", "key")
    assert "decrypted" in task.error_message
    assert gateway.requests == []


def test_an_answer_that_comes_too_late_is_kept_for_support(gateway, submitted, alice):
    submitted()
    task = dispatch._claim()
    assert dispatch._mark_sent(task)
    dispatch_results.uncertain(task, "gone", None)
    task.refresh_from_db()
    actions.give_up(task, alice)
    gateway.reply = Reply.json({"id": "r", "status": "in_progress"}, **{"X-Request-Id": "q"})
    with open_client() as client:
        dispatch_results.accept(
            task, client.create(task.model, task.params, "sandbox-test-key-0000")
        )
    task.refresh_from_db()
    assert (task.state, task.reason, task.remote_id) == ("failed", "gave-up", "")
    late = task.events.last()
    assert (late.word, late.state) == ("late", "failed")
    assert late.detail == {"remote_id": "r", "status": "in_progress", "request_id": "q"}
    assert broken() == []


# Canceled: only what waits in the queue


def test_a_task_that_is_being_sent_is_not_canceled(gateway, submitted, alice):
    task = submitted()
    assert dispatch._claim() == task
    assert not actions.cancel(task, alice)
    gateway.reply = Reply.json({"id": "remote-1", "status": "in_progress"})
    run_job(dispatch._dispatch(Task.objects.get(pk=task.pk)))
    task.refresh_from_db()
    assert (task.state, task.remote_id) == ("processing", "remote-1")
    assert "canceled" not in words(task)


@pytest.mark.parametrize("state", sorted(set(Task.State.values) - {"queued"}))
def test_only_a_queued_task_is_canceled(client_for, alice, state):
    task = make_task(alice, state)
    assert client_for(alice).post(reverse("task-cancel", args=[task.pk])).status_code == 302
    task.refresh_from_db()
    assert (task.state, task.events.count()) == (state, 0)


def test_a_canceled_task_is_not_sent(gateway, submitted, sent, alice):
    task = submitted()
    assert actions.cancel(task, alice)
    assert sent(task).state == "canceled"
    assert gateway.requests == []


# No clear answer: uncertain, never sent again


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_server_error_without_an_id_is_uncertain(gateway, sent, status):
    gateway.reply = Reply.json({"error": "oh"}, status)
    task = sent()
    assert (task.state, task.reason, task.http_status) == ("uncertain", "no-answer", status)
    assert task.charge is None
    sent(task)
    assert len(gateway.requests) == 1


def test_a_server_error_with_an_id_made_a_task(gateway, sent):
    gateway.reply = Reply.json({"id": "made"}, 502)
    task = sent()
    assert (task.state, task.remote_id) == ("processing", "made")


def test_a_reply_that_is_no_json_is_uncertain(gateway, sent):
    gateway.reply = Reply(200, b"<html>welcome</html>", {"Content-Type": "text/html"})
    assert sent().state == "uncertain"


@pytest.fixture
def impatient(monkeypatch, settings):
    monkeypatch.setattr(
        dispatch, "kept_client", lambda: GatewayClient(settings.GATEWAY_URL, read=0.05)
    )


def test_no_answer_in_time_is_uncertain(settings, sent, impatient):
    def behave(connection):
        read_request(connection)
        wait_for_close(connection)

    with raw_gateway(behave) as settings.GATEWAY_URL:
        task = sent()
    assert (task.state, task.reason) == ("uncertain", "no-answer")
    assert "did not answer in time" in task.error_message
    assert task.sent_at is not None


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", b"\x00\xff nonsense\r\n\r\n"],
)
def test_a_connection_cut_is_uncertain(settings, sent, answer):
    def behave(connection):
        read_request(connection)
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_RDWR)

    with raw_gateway(behave) as settings.GATEWAY_URL:
        assert sent().state == "uncertain"


def test_a_surprise_while_sending_is_uncertain(gateway, sent, monkeypatch):
    monkeypatch.setattr(GatewayClient, "create", lambda *args: 1 / 0)
    task = sent()
    assert task.state == "uncertain"
    assert "unexpected" in task.error_message


def test_the_id_of_another_task_is_uncertain(gateway, sent, alice):
    make_task(alice, "completed", remote_id="remote-1")
    task = sent()
    assert (task.state, task.remote_id) == ("uncertain", "")
    assert "id of another task" in task.error_message


# Two workers, and crashes


def test_two_senders_make_one_create(sandbox, sent, monkeypatch, at_once):
    create, found = GatewayClient.create, []

    def slow(client, *args):
        # Meanwhile a second worker looks for work.
        found.append(dispatch._claim())
        return create(client, *args)

    monkeypatch.setattr(GatewayClient, "create", slow)
    task = sent()
    assert (task.state, found) == ("processing", [None])
    assert len(sandbox.requests("POST")) == 1


def test_a_rival_that_saw_the_same_list_goes_away_empty(gateway, submitted, monkeypatch):
    first, second = submitted(variations=2)
    change = dispatch.change
    taken = []

    def outrun(pk, *args, **fields):
        if not taken:
            taken.append(pk)
            assert change(pk, *args, **fields)
        return change(pk, *args, **fields)

    monkeypatch.setattr(dispatch, "change", outrun)
    claimed = dispatch._claim()
    assert taken == [first.pk]
    assert claimed is not None
    assert claimed.pk == second.pk


def test_it_may_have_arrived_from_before_the_first_byte_on(gateway, sent, monkeypatch, at_once):
    create, seen = GatewayClient.create, []

    def look_first(client, *args):
        seen.append(Task.objects.get().sent_at)
        return create(client, *args)

    monkeypatch.setattr(GatewayClient, "create", look_first)
    sent()
    assert seen == [timezone.now()]


def test_a_worker_that_lost_its_claim_sends_nothing(gateway, submitted):
    task = submitted()
    claimed = dispatch._claim()
    Task.objects.filter(pk=task.pk).update(attempts=2)
    assert list(dispatch._dispatch(claimed)) == []
    assert gateway.requests == []


def test_a_worker_that_slept_through_its_claim_does_not_send_beside_its_rival(gateway, submitted):
    """Both would hold a task that is being sent; only the attempt tells whose it is."""
    task = submitted()
    sleeper = dispatch._claim()
    Task.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    recover_claims()
    Task.objects.update(next_attempt_at=timezone.now())
    rival = dispatch._claim()
    assert (sleeper.pk, rival.pk) == (task.pk, task.pk)
    assert not dispatch._mark_sent(sleeper)
    task.refresh_from_db()
    assert task.sent_at is None
    assert dispatch._mark_sent(rival)
    assert not dispatch._mark_sent(sleeper)
    assert not dispatch._still_ours(sleeper)
    assert dispatch._still_ours(rival)


def test_a_start_whose_commit_got_no_answer_is_written_once(gateway, submitted):
    task = submitted()
    claimed = dispatch._claim()
    assert dispatch._mark_sent(claimed)
    assert dispatch._mark_sent(claimed)
    assert words(task) == ["queued", "claimed", "sending"]


def test_the_remote_id_is_committed_before_anything_else(gateway, sent, monkeypatch):
    def crash():
        raise SystemExit

    monkeypatch.setattr(dispatch_results, "ensure_poller", crash)
    with pytest.raises(SystemExit):
        sent()
    task = Task.objects.get()
    assert (task.state, task.remote_id) == ("processing", "remote-1")


def test_a_busy_database_does_not_lose_the_remote_id(gateway, sent, monkeypatch):
    change, failures = (
        dispatch_results.change,
        [OperationalError("locked"), OperationalError("locked")],
    )

    def locked(*args, to, **fields):
        if to == Task.State.PROCESSING and failures:
            raise failures.pop()
        return change(*args, to=to, **fields)

    monkeypatch.setattr(dispatch_results, "change", locked)
    monkeypatch.setattr("generation.workers.heartbeats.time.sleep", lambda seconds: None)
    assert sent().remote_id == "remote-1"


def test_an_answer_after_the_claim_ran_out_still_counts(gateway, sent, monkeypatch, clock, at_once):
    create = GatewayClient.create

    def slow(client, *args):
        reply = create(client, *args)
        clock.shift(timedelta(seconds=61))
        recover_claims()
        assert Task.objects.get().state == "uncertain"
        return reply

    monkeypatch.setattr(GatewayClient, "create", slow)
    task = sent()
    assert (task.state, task.remote_id) == ("processing", "remote-1")


def test_a_task_that_is_done_at_once_is_archived(gateway, sent):
    output = [{"content": [{"type": "image", "url": "https://cdn.example/1.png"}]}]
    gateway.reply = Reply.json({"id": "r", "status": "completed", "output": output})
    task = sent()
    assert (task.state, task.outputs.count()) == ("archiving", 1)


def test_a_task_that_failed_at_once_has_failed(gateway, sent):
    gateway.reply = Reply.json(
        {"id": "r", "status": "failed", "error": {"code": "1", "message": "no"}}
    )
    task = sent()
    assert (task.state, task.reason, task.remote_id) == ("failed", "generation", "r")


# A slow gateway is no dead worker


def test_a_worker_beats_while_it_waits(db, monkeypatch):
    monkeypatch.setattr("generation.workers.heartbeats.HEARTBEAT_EVERY", 0.01)
    beaten, told = Event(), []

    def steps():
        told.append((yield lambda: beaten.wait(5)))

    run_job(steps(), renew=beaten.set)
    assert told == [True]
    assert Lease.objects.filter(name__startswith="cluster:").exists()


def test_what_the_work_raises_comes_through(db):
    def work():
        raise TimeoutError("its own")

    def steps():
        yield work

    with pytest.raises(TimeoutError, match="its own"):
        run_job(steps())


def test_a_claim_is_renewed_while_the_request_is_under_way(gateway, sent, monkeypatch, clock):
    monkeypatch.setattr("generation.workers.heartbeats.HEARTBEAT_EVERY", 0.01)
    create, still_ours, claims, enough = GatewayClient.create, dispatch._still_ours, [], Event()

    def note(task, **fields):
        fine = still_ours(task, **fields)
        claims.append(Task.objects.get(pk=task.pk).claimed_until)
        clock.shift(30)
        if len(claims) == 4:
            enough.set()
        return fine

    def slow(client, *args):
        enough.wait(5)
        return create(client, *args)

    monkeypatch.setattr(dispatch, "_still_ours", note)
    monkeypatch.setattr(GatewayClient, "create", slow)
    assert sent().state == "processing"
    assert claims[1] - claims[0] == timedelta(seconds=30)
