"""What is sent to the gateway, and what becomes of a task that it takes."""

import json
import random
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image as Picture

from generation.lifecycle import actions, dispatch, dispatch_results, request_params
from generation.lifecycle.enqueue import Input, SubjectInput
from generation.media.fitting import uri_size
from generation.models import ApiKey, Image, Lease, Task
from generation.monitoring.invariants import broken
from generation.workers.gateway_clients import open_client
from tests.forms.helpers import images_of
from tests.lifecycle.conftest import words
from tests.support.gateways.scripted import Reply


def test_an_accepted_task_is_polled(sandbox, sent):
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


@pytest.mark.parametrize(
    ("state", "seconds", "noted"),
    [
        ({}, 29, False),
        ({}, 31, True),
        ({"last_error": "The key was refused."}, 1, True),
        ({"last_used_at": None}, 1, True),
    ],
)
def test_its_use_is_noted_twice_a_minute_and_when_it_works_again(
    sandbox, sent, submitted, team_key, clock, state, seconds, noted
):
    sent()
    ApiKey.objects.update(**state)
    clock.shift(seconds)
    submitted()
    dispatch.dispatch_due()
    team_key.refresh_from_db()
    assert (team_key.last_used_at == timezone.now()) is noted
    assert team_key.last_error == ""


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
    note = task.events.get(kind="fitted").text
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
    assert not short.events.filter(kind="fitted").exists()
    long = sent(images=[Input(image=image)], params={"prompt": "x", parameter: "猫" * 30_000})
    assert long.events.filter(kind="fitted").exists()
    assert len(gateway.requests[0].body) <= most
    assert len(gateway.requests[1].body) <= most


def test_an_upload_whose_file_is_gone_fails_before_sending(gateway, sent, alice):
    image = images_of(alice, 1)[0]
    image.file.storage.delete(image.file.name)
    task = sent(images=[Input(image=image)])
    assert (task.state, task.reason) == ("failed", "input")
    assert "cannot be read" in task.error_message
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
    assert (late.kind, late.state) == ("late", "failed")
    assert late.detail == {"remote_id": "r", "status": "in_progress", "request_id": "q"}
    assert broken() == []


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
