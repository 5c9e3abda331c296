"""Sizes, captions and pictures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generation.sandbox.captions import overlay, readable
from generation.sandbox.pictures import composed
from generation.sandbox.sizes import image_size, ratio_of, smaller, video_size


@pytest.mark.parametrize(
    ("resolution", "ratio", "size"),
    [
        ("540p", 16 / 9, (960, 528)),
        ("540p", 4 / 3, (816, 608)),
        ("720p", 16 / 9, (1280, 720)),
        ("720p", 9 / 16, (720, 1280)),
        ("1080p", 1.0, (960, 960)),
        ("360p", 3 / 4, (400, 544)),
    ],
)
def test_frames_are_those_of_the_provider(resolution: str, ratio: float, size: tuple[int, int]):
    assert video_size(resolution, ratio) == size


@given(st.sampled_from(["360p", "540p", "720p", "1080p", "?"]), st.floats(0.125, 8))
def test_every_frame_can_be_encoded_and_keeps_its_shape(resolution: str, ratio: float):
    for size in (video_size(resolution, ratio), smaller(video_size(resolution, ratio))):
        assert all(side % 2 == 0 for side in size)
        assert size[0] / size[1] == pytest.approx(ratio, rel=0.06)


def test_stills_are_1080p():
    assert image_size(16 / 9) == (1920, 1080)


@pytest.mark.parametrize(
    ("text", "ratio"), [("16:9", 16 / 9), ("auto", None), ("1:0", None), ("99999:1", 8.0)]
)
def test_ratio_of(text: str, ratio: float | None):
    assert ratio_of(text) == ratio


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Café on\nthe quay", "Cafe on the quay"),
        ("一只猫 @fox", "... @fox"),
        ("\ud800", "..."),
        ("", ""),
    ],
)
def test_captions_use_letters_that_the_font_has(text: str, shown: str):
    assert readable(text) == shown


@pytest.mark.parametrize(("corner", "at_top"), [(None, False), (1, False), (3, True), (4, True)])
def test_the_caption_keeps_out_of_the_watermarks_corner(corner: int | None, at_top: bool):
    layer = overlay((640, 352), "A prompt", corner)
    middle_top, middle_bottom = layer.getpixel((320, 2)), layer.getpixel((320, 349))
    assert (middle_top[3] > 0, middle_bottom[3] > 0) == (at_top, not at_top)


def test_a_long_prompt_is_cut():
    layer = overlay((640, 352), "word " * 400 + "x" * 400)
    assert layer.getpixel((320, 120))[3] == 0


@pytest.mark.parametrize("count", range(8))
def test_references_stand_side_by_side(count: int):
    pictures = [Image.new("RGB", (60, 40), (255, 255, 255))] * count
    canvas = composed(pictures, ["@fox"] * count, (640, 352))
    assert canvas.size == (640, 352)
    if count:
        assert (255, 255, 255) in {colour for _, colour in canvas.getcolors(1 << 20)}
