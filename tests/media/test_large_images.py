"""Pictures of more pixels than are kept: photos are reduced, bombs refused, memory is bounded."""

from io import BytesIO
from threading import Thread

import pytest
from PIL import Image

from generation.catalog.spec import ImageLimits
from generation.media import reducing
from generation.media.images import read_image
from tests.denial.memory import peak_of

from .pictures import decoded, encoded, flat, left_red_right_blue
from .profiles import display_p3
from .test_images import exif, png_header, read, refusal

MOST = 450 * 1024 * 1024
"""Bytes one decoding may take; a web process makes one at a time."""


def photo(width, height, kind, **options):
    """A file with as many bytes a pixel as a photo has at least."""
    small = Image.effect_noise((width // 64, height // 64), 60)
    picture = Image.merge(
        "RGB", [small.resize((width, height)), *(Image.new("L", (width, height)),) * 2]
    )
    return encoded(picture, kind, **options)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_more_pixels_than_are_kept_are_reduced_with_a_note(kind):
    checked = read(encoded(left_red_right_blue(400, 300), kind), max_pixels=60_000)

    assert (checked.format, checked.width, checked.height) == (kind, 200, 150)
    assert checked.note.startswith("Reduced from 400 × 300 to 200 × 150 pixels")
    picture = decoded(checked.data).convert("RGB")
    assert picture.getpixel((20, 75))[0] > 200
    assert picture.getpixel((180, 75))[2] > 200


def test_nothing_is_said_of_a_picture_that_is_kept_as_it_is():
    assert read(encoded(flat(400, 300), "JPEG")).note == ""


def test_a_large_photo_stands_upright_and_the_note_says_its_upright_size():
    data = encoded(left_red_right_blue(400, 300), "JPEG", exif=exif(orientation=6))

    checked = read(data, max_pixels=60_000)

    assert (checked.width, checked.height) == (150, 200)
    assert checked.note.startswith("Reduced from 300 × 400 to 150 × 200 pixels")
    assert decoded(checked.data).getpixel((75, 20))[0] > 200


def test_a_phone_s_multi_picture_photo_is_reduced_too():
    data = encoded(flat(400, 300), "MPO", save_all=True, append_images=[flat(40, 30)])

    checked = read(data, max_pixels=60_000)

    assert (checked.format, checked.width, checked.height) == ("JPEG", 200, 150)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_png_mode_can_be_reduced(mode):
    picture = Image.new("I;16", (400, 300), 900) if mode == "I;16" else flat(400, 300).convert(mode)

    checked = read(encoded(picture), max_pixels=60_000)

    assert (checked.width, checked.height) == (200, 150)


def test_a_webp_past_what_is_decoded_whole_is_reduced(monkeypatch):
    monkeypatch.setattr(reducing, "LARGEST_WHOLE_WEBP", 60_000)
    picture = left_red_right_blue(400, 300)
    clear = picture.copy()
    clear.putalpha(77)

    for source, options in ((picture, {"quality": 90}), (picture, {"lossless": True}), (clear, {})):
        checked = read(encoded(source, "WEBP", **options))
        seen = decoded(checked.data)

        assert (checked.width, checked.height) == (200, 150)
        assert "Reduced from 400 × 300" in checked.note
        assert seen.mode == source.mode
        red, blue = seen.getpixel((20, 75)), seen.getpixel((180, 75))
        assert red[0] > 235
        assert red[2] < 20
        assert blue[2] > 235
        assert seen.mode == "RGB" or abs(red[3] - 77) < 3


def test_a_damaged_large_webp_is_refused(monkeypatch):
    monkeypatch.setattr(reducing, "LARGEST_WHOLE_WEBP", 60_000)
    data = encoded(Image.effect_noise((400, 300), 60).convert("RGB"), "WEBP")

    assert "damaged" in refusal(data[: len(data) // 2])


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_a_small_file_of_very_many_pixels_is_a_bomb(kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(Image.new("1" if kind == "PNG" else "RGB", (6000, 5000)), kind, **options)

    assert len(data) < 30_000_000 / reducing.PIXELS_A_BYTE
    assert "too many to be opened for a file like this" in refusal(data)


def test_a_small_picture_of_one_colour_is_no_bomb():
    data = encoded(flat(2000, 1000), "WEBP", lossless=True)

    assert len(data) < 2_000_000 / reducing.PIXELS_A_BYTE
    assert read(data).width == 2000


@pytest.mark.parametrize("size", [(9000, 8000), (16_000, 15_000)])
def test_a_png_past_the_largest_is_refused_whatever_its_size(size):
    padded = png_header(*size) + bytes(3_000_000)

    assert "too many to be opened" in refusal(padded)


def test_a_huge_progressive_jpeg_is_refused_and_a_sequential_one_is_not(monkeypatch):
    monkeypatch.setattr(reducing, "LARGEST", 60_000)

    assert read(encoded(flat(400, 300), "JPEG")).width == 400
    assert "too many" in refusal(encoded(flat(400, 300), "JPEG", progressive=True))


def test_scans_of_a_jpeg_are_told_apart():
    sequential, progressive = (
        encoded(flat(40, 30), "JPEG"),
        encoded(flat(40, 30), "JPEG", progressive=True),
    )
    scan = sequential.index(b"\xff\xda")
    split = sequential[: scan + 4] + b"\x01" + sequential[scan + 5 :]

    assert reducing.in_one_scan(BytesIO(sequential))
    assert not reducing.in_one_scan(BytesIO(progressive))
    assert not reducing.in_one_scan(BytesIO(split))
    assert not reducing.in_one_scan(BytesIO(sequential[:30]))


def test_a_48_megapixel_photo_of_a_phone_is_taken():
    checked = read(photo(8064, 6048, "JPEG", exif=exif(orientation=6)))

    assert (checked.width, checked.height) == (3024, 4032)
    assert "Reduced from 6048 × 8064 to 3024 × 4032 pixels" in checked.note


@pytest.mark.parametrize(
    ("size", "kind", "options"),
    [
        ((7300, 5475), "JPEG", {"icc_profile": display_p3(), "exif": exif(orientation=6)}),
        ((8064, 6048), "JPEG", {"progressive": True}),
        ((16_320, 12_240), "JPEG", {}),
        ((7300, 5475), "WEBP", {"method": 0}),
        ((6000, 4500), "WEBP", {"method": 0, "lossless": True, "quality": 0}),
        ((7300, 5475), "PNG", {"compress_level": 1, "icc_profile": display_p3()}),
    ],
    ids=["p3-turned", "progressive", "200-megapixels", "webp", "lossless-webp", "png"],
)
def test_one_decoding_stays_below_its_bound(tmp_path, size, kind, options):
    path = tmp_path / "photo"
    path.write_bytes(photo(*size, kind, **options))

    grown = peak_of(
        setup="""
        from generation.catalog.spec import ImageLimits
        from generation.media.images import read_image
        """,
        work=f"""
        with open({str(path)!r}, "rb") as file:
            assert read_image(file, ImageLimits()).width > 2000
        """,
    )

    assert grown < MOST


def test_large_pictures_are_decoded_one_after_the_other(monkeypatch):
    inside, most = 0, 0
    real = reducing.load_reduced

    def watched(*args):
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        try:
            return real(*args)
        finally:
            inside -= 1

    monkeypatch.setattr("generation.media.images.load_reduced", watched)
    data = encoded(flat(1500, 1200), "JPEG")
    threads = [Thread(target=read_image, args=(BytesIO(data), ImageLimits())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 1
