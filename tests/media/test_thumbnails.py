from io import BytesIO

import pytest
from PIL import Image

from generation.media.decoding import TooManyPixels, UnknownFormat
from generation.media.thumbnails import CARD, thumbnail

from .pictures import decoded, encoded, flat, left_red_right_blue, noise


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_it_works(kind):
    small = decoded(thumbnail(encoded(left_red_right_blue(800, 600), kind), 160))

    assert (small.format, small.size) == ("WEBP", (160, 120))


def test_a_card_is_640_wide():
    assert decoded(thumbnail(encoded(flat(1600, 900), "JPEG"), CARD)).size == (640, 360)


def test_a_small_image_is_not_enlarged():
    assert decoded(thumbnail(encoded(flat(100, 50)), 160)).size == (100, 50)


def test_an_open_image_is_not_changed():
    image = flat(800, 600)

    thumbnail(image, 160)

    assert image.size == (800, 600)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"])
def test_every_mode_works(mode):
    assert decoded(thumbnail(left_red_right_blue().convert(mode), 50)).width == 50


def test_16_bits_are_scaled_not_clipped():
    grey = decoded(thumbnail(encoded(Image.new("I;16", (200, 200), 32_768)), 50))

    assert abs(grey.convert("L").getpixel((25, 25)) - 128) < 8


def test_transparency_is_kept():
    small = decoded(thumbnail(flat(200, 200, (255, 0, 0, 0), "RGBA"), 50))

    assert small.getpixel((25, 25))[3] == 0


def test_text_is_refused():
    with pytest.raises(UnknownFormat):
        thumbnail(b"hello", 160)


def test_too_many_pixels_are_refused(monkeypatch):
    monkeypatch.setattr("generation.media.decoding.Image.MAX_IMAGE_PIXELS", 1000)

    with pytest.raises(TooManyPixels):
        thumbnail(encoded(noise(100, 100)), 160)


def test_the_bytes_are_webp():
    assert Image.open(BytesIO(thumbnail(flat(20, 20), 10))).format == "WEBP"
