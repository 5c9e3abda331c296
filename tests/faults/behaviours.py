"""What the hostile gateway can do with one request."""

import json
import zlib
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.media.conftest import make_video
from tests.support.gateways.hostile import Behaviour, Exchange

MEGABYTE = 1024**2
HUGE = 250 * MEGABYTE
SLOW_POLL = 0.7


@cache
def film() -> bytes:
    with TemporaryDirectory() as folder:
        return make_video(Path(folder) / "film.mp4").read_bytes()


# Creates


def accept(x: Exchange) -> None:
    x.reply({"id": x.make(), "status": "in_progress"})


def accept_as(remote_id: str) -> Behaviour:
    return lambda x: x.reply({"id": x.make(remote_id), "status": "in_progress"})


def slowly(x: Exchange) -> None:
    """Takes the task at once and says so after a second and a half."""
    remote_id = x.make()
    x.pause(1.5)
    x.reply({"id": remote_id, "status": "in_progress"})


def until_released(before: Behaviour, then: Behaviour) -> Behaviour:
    """The test says when."""
    return lambda x: (then if x.hostile.released.is_set() else before)(x)


BODILESS = (204, 205, 304)


def answer(status: int, value: object = None, **headers: str) -> Behaviour:
    """An HTTP status, by default with the error text of this gateway family."""
    body = value if value is not None else {"error": {"code": 1002, "message": "No, thank you"}}
    return lambda x: x.reply(b"" if status in BODILESS else body, status, **headers)


def never_answer(x: Exchange) -> None:
    x.make()
    x.hang()


def cut_after_the_request(x: Exchange) -> None:
    x.make()
    x.cut()


def cut_in_the_reply(x: Exchange) -> None:
    body = json.dumps({"id": x.make(), "status": "in_progress"}).encode()
    x.start(200, {"Content-Type": "application/json", "Content-Length": str(len(body))})
    x.write(body[: len(body) // 2])


def drip_the_reply(x: Exchange) -> None:
    body = json.dumps({"id": x.make(), "status": "in_progress"}).encode()
    x.start(200, {"Content-Type": "application/json", "Content-Length": str(len(body))})
    x.drip(body, every=0.3)


def reply_without_id(x: Exchange) -> None:
    x.make()
    x.reply({"status": "in_progress", "model": "viduq2_turbo_img2video"})


def reply_with_html(x: Exchange) -> None:
    x.make()
    x.reply(b"<html><title>Welcome</title></html>", Content_Type="text/html")


def reply_with_10_megabytes(x: Exchange) -> None:
    x.reply({"id": x.make(), "status": "in_progress", "padding": "x" * 10 * MEGABYTE})


# Polls


def says(status: str = "in_progress", **more: object) -> Behaviour:
    return lambda x: x.reply({"id": x.remote_id, "status": status, **more})


running = says(progress=0.2)


def done(x: Exchange, version: int = 0, url: str = "", **more: object) -> None:
    content = [{"type": "video", "url": url or x.file_url(version), "jobId": "9162"}]
    x.reply(
        {
            "id": x.remote_id,
            "status": "completed",
            "progress": 1.0,
            "output": [{"content": content}],
            "usage": {"cost": "0.25", "discount": 1},
            **more,
        }
    )


def done_by_another_clock(**skew: float) -> Behaviour:
    at = (datetime.now(UTC) + timedelta(**skew)).timestamp()
    return lambda x: done(x, metadata={"completed_at": at, "in_queue_at": at - 9})


def done_with_the_next_address(x: Exchange) -> None:
    """Signs a new address each time it is asked."""
    done(x, version=x.number)


def done_at(site: str) -> Behaviour:
    """The result lies on another site."""
    return lambda x: done(x, url=f"{site}/files/{x.task_id}/0.mp4")


def slowly_running(x: Exchange) -> None:
    x.pause(SLOW_POLL)
    running(x)


def cut_the_poll(x: Exchange) -> None:
    x.cut()


def _promised(x: Exchange) -> bytes:
    """What a task that is running says, its headers already sent."""
    body = json.dumps({"id": x.remote_id, "status": "in_progress"}).encode()
    x.start(200, {"Content-Type": "application/json", "Content-Length": str(len(body))})
    return body


def cut_in_the_poll(x: Exchange) -> None:
    body = _promised(x)
    x.write(body[: len(body) // 2])


def drip_the_poll(x: Exchange) -> None:
    x.drip(_promised(x), every=0.6)


def never_answer_the_poll(x: Exchange) -> None:
    x.hang()


def poll_with_10_megabytes(x: Exchange) -> None:
    x.reply({"id": x.remote_id, "status": "in_progress", "padding": "x" * 10 * MEGABYTE})


# Files


def send(data: bytes, **headers: str) -> Behaviour:
    return lambda x: x.reply(data, **headers)


def send_film(x: Exchange) -> None:
    x.reply(film(), Content_Type="video/mp4")


def send_half(x: Exchange) -> None:
    """Half a film that declares itself whole."""
    x.reply(film()[: len(film()) // 2], Content_Type="video/mp4")


def promise_more(x: Exchange) -> None:
    x.start(200, {"Content-Length": str(len(film()) + 5000)})
    x.write(film())


def promise_less(x: Exchange) -> None:
    x.start(200, {"Content-Length": str(len(film()) - 500)})
    x.write(film())


def drip_the_film(x: Exchange) -> None:
    x.start(200, {"Content-Length": str(len(film()))})
    x.drip(film(), every=0.3)


def send_250_megabytes(x: Exchange) -> None:
    """A good film with a box of zeros behind it, which players skip."""
    x.start(200, {"Content-Length": str(len(film()) + HUGE)})
    x.write(film() + HUGE.to_bytes(4, "big") + b"free")
    zeros = bytes(MEGABYTE)
    x.write(zeros[8:])
    for _ in range(HUGE // MEGABYTE - 1):
        x.write(zeros)


def send_300_kilobytes(x: Exchange) -> None:
    """A good film with so many zeros behind it."""
    zeros = 300 * 1024
    box = zeros.to_bytes(4, "big") + b"free" + bytes(zeros - 8)
    x.reply(film() + box, Content_Type="video/mp4")


@cache
def _packed_zeros() -> bytes:
    """A film and 400 MiB of zeros, made by repeating one compressed block."""
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    start = packer.compress(film()) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(16 * MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + block * 25


def send_a_gzip_bomb(x: Exchange) -> None:
    x.reply(_packed_zeros(), Content_Encoding="gzip", Content_Type="video/mp4")


def redirect(to: str, status: int = 302) -> Behaviour:
    """`{port}` stands for the port of a listener that is not the gateway, `{id}` for the task."""
    return lambda x: x.reply(
        b"", status, Location=to.format(port=x.hostile.bystander, id=x.task_id)
    )
