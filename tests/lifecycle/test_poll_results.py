"""What becomes of a task by what the gateway says of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from generation.lifecycle.dispatch import dispatch_due
from generation.models import Task
from tests.lifecycle.conftest import DONE, SECONDS, running, words
from tests.support.gateways.scripted import Reply


def test_a_task_is_polled_to_its_end(sandbox, submitted, poll, clock):
    task = submitted()
    dispatch_due()
    task = poll(task)
    assert task.state == "processing"
    assert 0 < task.progress < 1
    clock.shift(SECONDS)
    task = poll(task)
    assert (task.state, task.progress, task.outputs.count()) == ("archiving", 1, 1)
    assert task.cost is not None
    assert words(task)[-1] == "generated"


def test_progress_is_written_down(gateway, processing, poll):
    gateway.reply = running(progress=0.4)
    task = processing()
    before = task.revision
    assert poll(task).progress == 0.4
    assert task.revision > before


def test_progress_never_goes_backwards(gateway, processing, poll):
    gateway.reply = running(progress=0.2)
    assert poll(processing(progress=0.6)).progress == 0.6


def test_nothing_new_is_no_change(gateway, processing, poll):
    gateway.reply = running(progress=0.4)
    task = poll(processing())
    before = (task.revision, words(task))
    task = poll(task)
    assert (task.revision, words(task)) == before


def test_an_unknown_word_means_running(gateway, processing, poll):
    gateway.reply = Reply.json({"id": "remote-1", "status": "meditating"})
    task = poll(processing())
    assert (task.state, task.gateway_status) == ("processing", "meditating")
    assert task.events.last().text == "The gateway says “meditating”."


def test_failed_comes_with_http_200(gateway, processing, poll):
    gateway.reply = Reply.json(
        {
            "id": "remote-1",
            "status": "failed",
            "error": {"code": "110001", "message": "sensitive"},
            "usage": {"cost": ""},
        }
    )
    task = poll(processing())
    assert (task.state, task.reason) == ("failed", "generation")
    assert (task.error_code, task.error_message, task.cost) == ("110001", "sensitive", None)
    assert task.charge is None


def test_a_failure_that_costs_is_charged(gateway, processing, poll):
    gateway.reply = Reply.json(
        {"id": "remote-1", "status": "failed", "error": "x", "usage": {"cost": "0.1"}}
    )
    assert poll(processing()).charge == Decimal("0.1")


def test_completed_brings_every_file(gateway, processing, poll):
    files = [{"type": "video", "url": f"https://cdn.example/{n}.mp4"} for n in range(3)]
    gateway.reply = Reply.json({**DONE, "output": [{"content": files}]})
    task = poll(processing())
    assert [(output.kind, output.position) for output in task.outputs.all()] == [
        ("video", 0),
        ("video", 1),
        ("video", 2),
    ]


@pytest.mark.parametrize(
    ("completed_at", "hours"), [(-600, 24 - 1 / 6), (-7200, 24), (+7200, 24), (None, 24)]
)
def test_the_gateways_clock_is_not_trusted_far(gateway, processing, poll, completed_at, hours):
    now = timezone.now()
    at = None if completed_at is None else now.timestamp() + completed_at
    gateway.reply = Reply.json({**DONE, "metadata": {"completed_at": at}})
    output = poll(processing()).outputs.get()
    # A float on the wire is good to a microsecond or so.
    assert abs(output.expires_at - now - timedelta(hours=hours)) < timedelta(milliseconds=1)


def test_completed_without_a_file_is_polled_again(gateway, processing, poll):
    gateway.reply = Reply.json({"id": "remote-1", "status": "completed"})
    task = processing()
    for _ in range(4):
        assert poll(task).state == "processing"
    gateway.reply = Reply.json(DONE)
    assert poll(task).state == "archiving"


def test_completed_without_a_file_is_uncertain_in_the_end(gateway, processing, poll):
    gateway.reply = Reply.json({"id": "remote-1", "status": "completed", "usage": {"cost": 0.1}})
    task = processing()
    for _ in range(5):
        poll(task)
    assert (task.state, task.reason) == ("uncertain", "no-file")
    assert task.charge == Decimal("0.1")


def test_strange_words_can_be_stored(gateway, processing, poll):
    strange = "a\x00b\ud800c\u202e" + "x" * 600
    error = {"code": strange, "message": strange}
    gateway.reply = Reply.json({"id": "remote-1", "status": strange, "progress": 1e300})
    task = poll(processing())
    assert task.state == "processing"
    gateway.reply = Reply.json({"id": "remote-1", "status": "failed", "error": error})
    assert poll(task).state == "failed"
    assert "\x00" not in task.error_message


def test_what_is_done_without_a_file_keeps_its_cost_beyond_the_deadline(gateway, processing, poll):
    gateway.reply = Reply.json(
        {"id": "remote-1", "status": "completed", "output": [], "usage": {"cost": 0.4}}
    )
    task = processing()
    Task.objects.update(deadline_at=timezone.now() - timedelta(seconds=1))
    poll(task)
    assert (task.state, task.reason, task.charge) == ("uncertain", "no-file", Decimal("0.4"))
