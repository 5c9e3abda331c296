"""Every reply shape of docs/gateway.md."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from generation.gateway.reply import BadReply, parse_reply
from generation.gateway.results import FileKind, Phase, RemoteFile

VIDEO = "https://cdn.vtrix.ai/outputs/x/output.mp4"


def read(value):
    return parse_reply(json.dumps(value).encode())


def test_created():
    reply = read(
        {
            "id": "d758n65e878c73cmdg20",
            "created_at": 1780633394,
            "status": "in_progress",
            "model": "viduq2_turbo_img2video",
        }
    )
    assert reply.remote_id == "d758n65e878c73cmdg20"
    assert reply.phase is Phase.RUNNING
    assert reply.created_at == datetime.fromtimestamp(1780633394, UTC)
    assert reply.model == "viduq2_turbo_img2video"
    assert reply.cost is None


def test_running_with_progress():
    reply = read({"id": "a", "status": "in_progress", "progress": 0.35})
    assert (reply.phase, reply.progress) == (Phase.RUNNING, 0.35)


def test_done():
    reply = read(
        {
            "id": "a",
            "status": "completed",
            "progress": 1.0,
            "output": [
                {"content": [{"jobId": "916205061116293120", "type": "video", "url": VIDEO}]}
            ],
            "usage": {"cost": "0.2", "discount": 1},
            "metadata": {"in_queue_at": 1780633394.1, "completed_at": 1780633440.5},
        }
    )
    assert reply.phase is Phase.COMPLETED
    assert reply.outputs == (RemoteFile(FileKind.VIDEO, VIDEO, "916205061116293120"),)
    assert (reply.cost, reply.discount) == (Decimal("0.2"), "1")
    assert reply.completed_at == datetime.fromtimestamp(1780633440.5, UTC)
    assert reply.job_ids == ("916205061116293120",)


def test_failed():
    reply = read(
        {
            "id": "a",
            "status": "failed",
            "error": {"code": 8007002, "error_message": "parameter invalid"},
            "usage": {"cost": ""},
        }
    )
    assert reply.phase is Phase.FAILED
    assert (reply.error_code, reply.error_message) == ("8007002", "parameter invalid")
    assert reply.cost is None


@pytest.mark.parametrize(
    ("shape", "code", "message"),
    [
        (
            {"error": {"error_message": "provider rejected request"}},
            "",
            "provider rejected request",
        ),
        (
            {"error": {"code": 110001, "message": "input image may contain sensitive information"}},
            "110001",
            "input image may contain sensitive information",
        ),
        (
            {
                "error": {"code": 190000, "message": "download input audio failed"},
                "usage": {"cost": ""},
            },
            "190000",
            "download input audio failed",
        ),
        ({"error": {"code": "008017095", "message": "internal"}}, "008017095", "internal"),
        ({"error": "no balance"}, "", "no balance"),
    ],
)
@pytest.mark.parametrize("around", [{}, {"id": "a", "status": "failed"}])
def test_error_shapes(shape, code, message, around):
    reply = read({**around, **shape})
    assert (reply.phase, reply.error_code, reply.error_message) == (Phase.FAILED, code, message)


@pytest.mark.parametrize(
    ("words", "phase"),
    [
        (
            "in_progress pending processing in_queue queueing created scheduling running "
            "preparation submitted warming-up",
            Phase.RUNNING,
        ),
        (
            "completed complete success succeeded successful done finished Completed SUCCESS",
            Phase.COMPLETED,
        ),
        ("failed fail failure error canceled cancelled FAILED", Phase.FAILED),
    ],
)
def test_status_words(words, phase):
    assert {read({"id": "a", "status": word}).phase for word in words.split()} == {phase}


def test_task_id_and_iso_times():
    """The shape of the CLI's documentation page."""
    reply = read(
        {
            "task_id": "d758n65e878c73cmdg20",
            "status": "completed",
            "created_at": "2026-04-10T08:00:00Z",
            "completed_at": "2026-04-10T08:00:46+00:00",
            "output": [{"content": [{"type": "video_url", "url": VIDEO, "duration": "8"}]}],
        }
    )
    assert reply.remote_id == "d758n65e878c73cmdg20"
    assert reply.created_at == datetime(2026, 4, 10, 8, tzinfo=UTC)
    assert reply.completed_at == datetime(2026, 4, 10, 8, 0, 46, tzinfo=UTC)
    assert reply.outputs == (RemoteFile(FileKind.VIDEO, VIDEO, duration=8.0),)


def test_output_items_with_results():
    """As the page of Q2 Pro Fast shows it."""
    reply = read(
        {
            "id": "a",
            "output": [
                {
                    "task_id": "77",
                    "task_status": "done",
                    "results": [{"type": "video", "url": VIDEO}],
                }
            ],
            "usage": {"cost": 0.1, "discount": 0.7},
            "metadata": {"remote_task_id": "88", "model": "viduq2_pro_fast_reference2video"},
        }
    )
    assert (reply.phase, reply.status_word) == (Phase.COMPLETED, "done")
    assert reply.outputs == (RemoteFile(FileKind.VIDEO, VIDEO, "77"),)
    assert reply.cost == Decimal("0.1")
    assert (reply.job_ids, reply.remote_task_id) == (("77",), "88")
    assert (reply.discount, reply.model) == ("0.7", "viduq2_pro_fast_reference2video")


@pytest.mark.parametrize("name", ["id", "task_id", "taskId"])
def test_every_name_of_a_task_id(name):
    assert read({name: "a", "status": "in_progress"}).remote_id == "a"


@pytest.mark.parametrize("name", ["jobId", "job_id", "task_id"])
def test_every_name_of_a_job_id(name):
    reply = read({"id": "a", "output": [{name: "77", "type": "video", "url": VIDEO}]})
    assert reply.outputs == (RemoteFile(FileKind.VIDEO, VIDEO, "77"),)
    assert reply.job_ids == ("77",)


def test_output_object():
    """As the page of Q2 Image shows it."""
    image = "https://cdn.vtrix.ai/o/1.png"
    reply = read(
        {
            "id": "a",
            "output": {
                "status": "success",
                "content": [{"type": "image", "url": image, "jobId": "5"}],
            },
        }
    )
    assert reply.phase is Phase.COMPLETED
    assert reply.outputs == (RemoteFile(FileKind.IMAGE, image, "5"),)


@pytest.mark.parametrize(
    ("inner", "phase"),
    [("in_queue", Phase.RUNNING), ("processing", Phase.RUNNING), ("failed", Phase.FAILED)],
)
def test_inner_status_counts_without_an_outer_one(inner, phase):
    assert read({"id": "a", "output": {"status": inner, "content": []}}).phase is phase
    assert read({"id": "a", "output": [{"task_id": "1", "task_status": inner}]}).phase is phase


def test_outer_status_wins():
    reply = read({"id": "a", "status": "in_progress", "output": {"status": "success"}})
    assert reply.phase is Phase.RUNNING


def test_status_of_a_file_is_not_the_task():
    output = [{"content": [{"type": "video", "url": VIDEO, "status": "uploaded"}]}]
    assert read({"id": "a", "output": output}).phase is Phase.COMPLETED


def test_failed_inside_the_output_keeps_its_error():
    output = [{"task_status": "failed", "error": {"code": 8017095, "message": "internal"}}]
    reply = read({"id": "a", "output": output})
    assert (reply.phase, reply.error_code) == (Phase.FAILED, "8017095")


@pytest.mark.parametrize("name", ["video_url", "image_url"])
def test_address_under_its_type(name):
    item = {"type": name, name: {"url": "https://h/f"}}
    reply = read({"id": "a", "status": "done", "output": [{"content": [item]}]})
    assert reply.outputs == (RemoteFile(FileKind(name[:5]), "https://h/f"),)


@pytest.mark.parametrize(
    ("kind", "ending"),
    [
        *((FileKind.VIDEO, ending) for ending in ("mp4", "mov", "webm", "MP4")),
        *((FileKind.IMAGE, ending) for ending in ("png", "jpg", "jpeg", "webp")),
    ],
)
def test_kind_from_the_ending_without_a_type(kind, ending):
    address = f"https://h/f.{ending}?sig=1"
    reply = read({"id": "a", "status": "done", "output": [address, "plain words"]})
    assert reply.outputs == (RemoteFile(kind, address),)


def test_fifty_files_at_most():
    addresses = [f"https://h/{number}.mp4" for number in range(51)]
    reply = read({"id": "a", "status": "done", "output": addresses})
    assert [file.url for file in reply.outputs] == addresses[:50]


def test_text_content_is_no_file():
    reply = read({"id": "a", "status": "completed", "output": [{"content": [{"text": "{}"}]}]})
    assert reply.outputs == ()


def test_audio_is_other():
    reply = read({"id": "a", "output": [{"content": [{"type": "audio", "url": "https://h/a"}]}]})
    assert reply.outputs[0].kind is FileKind.OTHER


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://h/x.mp4",
        "javascript:alert(1)",
        "data:video/mp4;base64,AAAA",
        "//h/x",
        "https://",
        "http://[::1",
        "https://h:99999/x",
        "https://h/a b",
        "https://h/" + "x" * 9000,
        7,
        None,
        {"url": 1},
    ],
)
def test_only_web_addresses_are_files(address):
    output = [{"content": [{"type": "video", "url": address}]}]
    assert read({"id": "a", "status": "completed", "output": output}).outputs == ()


def test_an_address_may_have_eight_kilobytes():
    address = "https://h/" + "x" * 8182
    output = [{"content": [{"type": "video", "url": address}]}]
    (file,) = read({"id": "a", "status": "completed", "output": output}).outputs
    assert file.url == address


@pytest.mark.parametrize("name", ["id", "task_id", "output"])
def test_what_says_of_itself_that_it_is_the_task_is_no_envelope(name):
    outer = {"id": "a", "task_id": "a", "output": [{"task_id": "7", "task_status": "processing"}]}
    whole = {name: outer[name], "status": "in_progress", "data": {"id": "b", "status": "failed"}}
    reply = read(whole)
    assert reply.phase is Phase.RUNNING
    assert reply.remote_id == ("" if name == "output" else "a")


def test_envelope_with_a_task():
    reply = read({"status": {"code": 200, "message": "ok"}, "data": {"id": "a", "status": "done"}})
    assert (reply.remote_id, reply.phase, reply.error_message) == ("a", Phase.COMPLETED, "")


def test_envelope_with_an_error():
    envelope = {"code": 402, "message": "Insufficient credits", "error_code": 40201}
    reply = read({"status": envelope, "data": None})
    assert (reply.phase, reply.remote_id) == (Phase.FAILED, "")
    assert (reply.error_code, reply.error_message) == ("40201", "Insufficient credits")


def test_vendor_shape():
    """What the vendor's own callback would carry (docs/gateway.md)."""
    reply = read({"id": "9", "state": "success", "err_code": "", "creations": [{"url": VIDEO}]})
    assert (reply.phase, reply.outputs[0].kind) == (Phase.COMPLETED, FileKind.VIDEO)
    assert read({"id": "9", "state": "failed", "err_code": "Oops"}).error_code == "Oops"


def test_error_code_zero_is_no_error():
    """A page lists 0 as "no error"."""
    reply = read({"id": "a", "error": {"code": 0, "error_message": "success"}})
    assert (reply.phase, reply.error_code, reply.error_message) == (Phase.RUNNING, "", "")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"hello": 1}',
        b"<html></html>",
        b'{"id": "a"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"output":' * 100_000,
        b'{"id": ' + b"9" * 5000 + b"}",
        b'{"id": "a", "pad": "' + b"x" * (1024 * 1024) + b'"}',
        json.dumps({"status": {"code": 200}, "data": None}).encode(),
    ],
)
def test_bad_reply(body):
    with pytest.raises(BadReply):
        parse_reply(body)


def test_bad_reply_does_not_carry_the_body():
    with pytest.raises(BadReply) as caught:
        parse_reply(b"secret words")
    assert caught.value.__context__ is None
    assert "secret" not in repr(caught.value)


def test_secret_is_masked_everywhere():
    body = {
        "id": "a",
        "status": "failed",
        "error": "key sk-12345/678 is bad",
        "x": ["sk-12345/678"],
    }
    text = json.dumps(body).replace("/", "\\/").encode()
    reply = parse_reply(text, "sk-12345/678")
    assert "sk-12345/678" not in repr(reply)
    assert reply.error_message == "key [key] is bad"


def test_data_uri_without_comma_is_masked():
    """A page prints it so."""
    reply = read({"id": "a", "error": "bad image data:image/png;base64iVBORw0KGgo+/= sent"})
    assert reply.error_message == "bad image [data] sent"
