"""Each model from create to the downloaded file."""

import io
from pathlib import Path

import av
import pytest
from PIL import Image

from generation.catalog import MODELS

from .client import IMG2VIDEO, REFERENCE2IMAGE, REFERENCE2VIDEO, Client, data_uri, params_for


def probe(data: bytes) -> tuple[float, float, str, list[str]]:
    """Seconds, width by height, pixel format, and codecs of a clip that decodes to its end."""
    with av.open(io.BytesIO(data)) as clip:
        video = clip.streams.video[0]
        codecs = [stream.codec_context.name for stream in clip.streams]
        frames = sum(1 for _ in clip.decode(video=0))
        assert frames == video.frames
        seconds = float(clip.duration or 0) / 1_000_000
        return seconds, video.width / video.height, str(video.pix_fmt), codecs


@pytest.mark.parametrize("model", MODELS)
def test_it_works(quick: Client, model: str):
    created = quick.create(model).json()
    assert created == {
        "id": created["id"],
        "created_at": created["created_at"],
        "status": "in_progress",
        "model": model,
    }
    assert len(created["id"]) == 20

    reply = quick.finished(created["id"])
    assert reply["status"] == "completed"
    assert reply["progress"] == 1.0
    assert reply["usage"]["discount"] == 1
    assert float(reply["usage"]["cost"]) > 0
    assert len(quick.download(reply)) > 1_000


@pytest.mark.parametrize(
    ("model", "seconds"), list(zip(IMG2VIDEO, (1, 5, 4), strict=True)), ids=IMG2VIDEO
)
def test_clip_has_the_duration_and_the_shape_of_its_image(quick: Client, model: str, seconds: int):
    task = quick.made(model, images=[data_uri(300, 400)])
    duration, ratio, pixels, codecs = probe(quick.download(quick.finished(task)))
    assert duration == pytest.approx(seconds, abs=0.2)
    assert ratio == pytest.approx(3 / 4, rel=0.03)
    assert (pixels, codecs) == ("yuv420p", ["h264"])


def test_clip_of_an_unusual_shape_keeps_it(quick: Client):
    task = quick.made("vidu20_img2video", images=[data_uri(400, 110)])
    _, ratio, _, _ = probe(quick.download(quick.finished(task)))
    assert ratio == pytest.approx(400 / 110, rel=0.03)


@pytest.mark.parametrize(("asked", "ratio"), [("9:16", 9 / 16), ("5:4", 5 / 4), ("", 16 / 9)])
def test_references_become_a_clip_of_the_asked_shape(quick: Client, asked: str, ratio: float):
    task = quick.made(REFERENCE2VIDEO, **({"aspect_ratio": asked} if asked else {}))
    duration, found, _, _ = probe(quick.download(quick.finished(task)))
    assert duration == pytest.approx(2, abs=0.2)
    assert found == pytest.approx(ratio, rel=0.03)


@pytest.mark.parametrize("extra", ["audio", "bgm"])
def test_sound_is_there_when_asked_for(quick: Client, extra: str):
    task = quick.made("viduq2_turbo_img2video", duration=2, **{extra: True})
    duration, _, _, codecs = probe(quick.download(quick.finished(task)))
    assert codecs == ["h264", "aac"]
    assert duration == pytest.approx(2, abs=0.2)


def test_music_is_left_out_where_the_model_ignores_it(quick: Client):
    task = quick.made("viduq2_turbo_img2video", duration=9, resolution="540p", bgm=True)
    duration, _, _, codecs = probe(quick.download(quick.finished(task)))
    assert (round(duration), codecs) == (9, ["h264"])


def test_index_stands_before_the_pictures(quick: Client):
    data = quick.download(quick.finished(quick.made("vidu20_img2video")))
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize(
    ("asked", "ratio"), [("21:9", 21 / 9), ("2:3", 2 / 3), ("auto", 4 / 3), ("", 16 / 9)]
)
def test_image_has_the_asked_shape(quick: Client, asked: str, ratio: float):
    task = quick.made(REFERENCE2IMAGE, **({"aspect_ratio": asked} if asked else {}))
    with Image.open(io.BytesIO(quick.download(quick.finished(task)))) as image:
        image.load()
        assert image.width / image.height == pytest.approx(ratio, rel=0.03)
        assert image.width * image.height == pytest.approx(1920 * 1080, rel=0.03)


def test_image_needs_no_reference(quick: Client):
    task = quick.made(REFERENCE2IMAGE, images=[])
    assert quick.download(quick.finished(task))[:3] == b"\xff\xd8\xff"


def test_output_has_the_shape_of_each_page(quick: Client):
    image_to_video = quick.finished(quick.made("vidu20_img2video"))
    assert image_to_video["output"][0]["content"][0]["type"] == "video"
    assert "completed_at" in image_to_video["metadata"]

    references = quick.finished(quick.made(REFERENCE2VIDEO))
    (item,) = references["output"]
    assert item["task_status"] == "done"
    assert item["results"][0]["type"] == "video"
    assert references["metadata"] == {"remote_task_id": item["task_id"], "model": REFERENCE2VIDEO}

    image = quick.finished(quick.made(REFERENCE2IMAGE))
    assert image["output"]["status"] == "success"
    assert image["output"]["content"][0]["type"] == "image"


def test_cost_is_the_list_price(quick: Client):
    task = quick.made("viduq2_turbo_img2video", duration=5, resolution="720p", is_rec=True)
    assert quick.finished(task)["usage"]["cost"] == "0.25"


def test_an_address_is_taken_and_not_fetched(quick: Client):
    # Nothing listens there: a fetch would fail.
    task = quick.made("vidu20_img2video", images=["http://127.0.0.1:9/cat.png"])
    _, ratio, _, _ = probe(quick.download(quick.finished(task)))
    assert ratio == pytest.approx(16 / 9, rel=0.03)


def test_a_see_through_image_is_drawn(quick: Client, tmp_path: Path):
    import base64

    path = tmp_path / "seen.png"
    Image.new("RGBA", (200, 200), (255, 0, 0, 90)).save(path)
    uri = "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()
    task = quick.made("vidu20_img2video", images=[uri])
    _, ratio, _, _ = probe(quick.download(quick.finished(task)))
    assert ratio == 1


def test_equal_requests_share_one_file(quick: Client):
    params = params_for("vidu20_img2video", prompt="The very same")
    replies = [
        quick.finished(quick.send("vidu20_img2video", params).json()["id"]) for _ in range(2)
    ]
    assert quick.download(replies[0]) == quick.download(replies[1])
