import hashlib

import pytest

from generation.media.inspect import BadMedia, inspect_output

from .pictures import decoded, encoded, flat, left_red_right_blue, noise


def write(tmp_path, data, name="result.part"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_it_works_for_a_video(mp4):
    facts = inspect_output(mp4, "video")

    assert (facts.kind, facts.mime, facts.extension) == ("video", "video/mp4", "mp4")
    assert (facts.width, facts.height) == (64, 64)
    assert facts.duration == pytest.approx(0.5, abs=0.05)
    assert facts.bytes == mp4.stat().st_size
    assert facts.sha256 == hashlib.sha256(mp4.read_bytes()).hexdigest()
    assert decoded(facts.poster).format == "JPEG"
    assert facts.poster_extension == "jpg"


def test_webm_is_told_from_mp4_by_content(webm):
    facts = inspect_output(webm.rename(webm.with_suffix(".mp4")), "video")

    assert (facts.mime, facts.extension) == ("video/webm", "webm")


@pytest.mark.parametrize(
    ("kind", "mime"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")]
)
def test_it_works_for_an_image(tmp_path, kind, mime):
    facts = inspect_output(write(tmp_path, encoded(flat(1280, 720), kind)), "image")

    assert (facts.mime, facts.width, facts.height, facts.duration) == (mime, 1280, 720, None)
    sizes = [decoded(one.data).size for one in facts.renditions]
    assert sizes == [(1280, 720), (640, 360), (320, 180)]
    assert decoded(facts.poster).size == (640, 360)


@pytest.mark.parametrize(
    ("data", "seems"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><title>Sign in</title>", "an HTML page"),
        (b'\n{"error": "expired"}', "JSON text"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "an XML document"),
        (b"\x00\x00\x00\x1cftypavif" + b"\x00" * 100, "of an unknown type"),
        (b"hello", "of an unknown type"),
    ],
)
@pytest.mark.parametrize("kind", ["video", "image"])
def test_other_files_are_refused(tmp_path, data, seems, kind):
    with pytest.raises(BadMedia, match=f"was expected, but the file is {seems}"):
        inspect_output(write(tmp_path, data, "result.mp4"), kind)


def test_an_image_is_not_taken_for_a_video(tmp_path):
    with pytest.raises(BadMedia, match=r"A video was expected, but the file is a PNG image\."):
        inspect_output(write(tmp_path, encoded(flat(64, 64))), "video")


def test_a_video_is_not_taken_for_an_image(mp4):
    with pytest.raises(BadMedia, match=r"An image was expected, but the file is a MP4 video\."):
        inspect_output(mp4, "image")


def test_a_cut_image_is_refused(tmp_path):
    data = encoded(noise(200, 200), "JPEG")

    with pytest.raises(BadMedia, match="cut short"):
        inspect_output(write(tmp_path, data[: len(data) // 2]), "image")


def test_a_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("generation.media.inspect.MAX_OUTPUT_PIXELS", 100)

    with pytest.raises(BadMedia, match="too many pixels"):
        inspect_output(write(tmp_path, encoded(flat(200, 200))), "image")


def test_repr_leaves_the_pictures_out(mp4):
    assert "JFIF" not in repr(inspect_output(mp4, "video"))


@pytest.mark.parametrize(
    ("size", "made"),
    [
        ((3840, 2160), [(1280, 720), (640, 360), (320, 180)]),
        ((1281, 40), [(1280, 40), (640, 20), (320, 10)]),
        ((540, 960), [(360, 640), (180, 320)]),
        ((500, 400), [(500, 400), (320, 256)]),
        ((320, 200), [(320, 200)]),
    ],
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_nothing_is_enlarged(tmp_path, kind, size, made):
    facts = inspect_output(write(tmp_path, encoded(flat(*size), kind)), "image")

    assert (facts.width, facts.height) == size
    assert [decoded(one.data).size for one in facts.renditions] == made


def test_the_smallest_is_as_sharp_as_one_of_the_whole(tmp_path):
    picture = left_red_right_blue(2560, 1440)
    facts = inspect_output(write(tmp_path, encoded(picture)), "image")
    small = decoded(facts.renditions[-1].data)

    assert small.getpixel((150, 90))[0] > 230
    assert small.getpixel((169, 90))[2] > 230


def test_what_shines_through_does_so_on_the_card(tmp_path):
    data = encoded(flat(300, 200, (255, 0, 0, 0), "RGBA"), "PNG")
    facts = inspect_output(write(tmp_path, data), "image")

    assert facts.poster_extension == "webp"
    assert decoded(facts.poster).getpixel((50, 50))[3] == 0


def test_an_alpha_channel_that_hides_nothing_is_left_out(tmp_path):
    data = encoded(flat(300, 200, (255, 0, 0, 255), "RGBA"), "PNG")
    facts = inspect_output(write(tmp_path, data), "image")

    assert facts.poster_extension == "jpg"
    assert decoded(facts.poster).getpixel((50, 50))[0] > 250
