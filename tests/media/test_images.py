import hashlib
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from generation.catalog.spec import ImageLimits
from generation.media.images import BadImage, check_shape, read_image

from .pictures import decoded, encoded, flat, left_red_right_blue, noise, without_palette

LIMITS = ImageLimits(min_side=128)


def read(data, limits=LIMITS, **options):
    return read_image(BytesIO(data), limits, **options)


def refusal(data, limits=LIMITS, **options):
    with pytest.raises(BadImage) as caught:
        read(data, limits, **options)
    return str(caught.value)


def png_header(width, height):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", len(header))
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + struct.pack(">I", 0)
        + b"IDAT"
        + struct.pack(">I", zlib.crc32(b"IDAT"))
    )


def exif(orientation=1, secret=""):
    tags = Image.Exif()
    tags[0x0112] = orientation
    if secret:
        tags[0x010E] = secret
        tags.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 0.0), 3: "E", 4: (13.0, 24.0, 0.0)})
    return tags.tobytes()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_it_works(kind):
    checked = read(encoded(flat(200, 150), kind))

    assert (checked.format, checked.width, checked.height) == (kind, 200, 150)
    assert checked.sha256 == hashlib.sha256(checked.data).hexdigest()
    assert decoded(checked.data).format == kind


@pytest.mark.parametrize(
    ("kind", "extension", "mime"),
    [("PNG", "png", "image/png"), ("JPEG", "jpg", "image/jpeg"), ("WEBP", "webp", "image/webp")],
)
def test_extension_and_mime_come_from_the_content(kind, extension, mime):
    checked = read(encoded(flat(200, 150), kind))

    assert (checked.extension, checked.mime) == (extension, mime)


def test_repr_leaves_the_pixels_out():
    assert len(repr(read(encoded(flat(200, 150))))) < 300


@pytest.mark.parametrize(
    "data",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<!doctype html><html></html>",
        encoded(flat(200, 150), "GIF"),
        encoded(flat(200, 150), "BMP"),
        b"\x00" * 4000,
    ],
    ids=["svg", "html", "gif", "bmp", "zeros"],
)
def test_other_formats_are_refused_whatever_their_name(data):
    assert refusal(data) == "This file is not a PNG, JPEG or WEBP image."


def test_only_the_formats_of_the_limits_are_taken():
    limits = ImageLimits(formats=("PNG",))

    assert refusal(encoded(flat(200, 150), "JPEG"), limits) == "This file is not a PNG image."


def test_an_empty_file_is_refused():
    assert refusal(b"") == "This file is empty."


def test_50_mb_and_one_byte_is_too_much():
    class Huge(BytesIO):
        def seek(self, offset, whence=0):
            return 50 * 1024 * 1024 + 1 if whence else super().seek(offset)

        def read(self, *args):
            raise AssertionError("must be refused by its size alone")

    with pytest.raises(BadImage, match=r"This image has 50\.1 MB; at most 50 MB are allowed\."):
        read_image(Huge(), LIMITS)


@pytest.mark.parametrize("side", [10_000, 13_000, 60_000])
def test_a_bomb_is_refused_from_its_header(side):
    message = refusal(png_header(side, side))

    assert "pixels" in message
    assert "Save it smaller, as a JPEG with at most 40 million pixels" in message


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_truncated_image_is_refused(kind):
    data = encoded(noise(200, 150), kind)

    assert "damaged" in refusal(data[: len(data) // 2])


def test_a_png_without_its_palette_is_refused():
    assert "damaged" in refusal(without_palette())


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animation_is_refused(kind):
    frames = [flat(200, 150, (shade, 0, 0)) for shade in (0, 120, 240)]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)

    assert refusal(data) == "This image is animated; a still image is needed."


def test_a_phones_multi_picture_jpeg_counts_by_its_first_picture():
    data = encoded(flat(200, 150), "MPO", save_all=True, append_images=[flat(100, 80)])

    checked = read(data)

    assert (checked.format, checked.width, checked.height) == ("JPEG", 200, 150)


def test_127_pixels_are_too_few_where_128_are_needed():
    assert refusal(encoded(flat(127, 200))) == (
        "This image is 127 × 200 pixels; at least 128 × 128 are needed."
    )


@pytest.mark.parametrize("size", [(128, 128), (512, 128), (128, 512)])
def test_the_limits_themselves_are_allowed(size):
    checked = read(encoded(flat(*size)))

    assert (checked.width, checked.height) == size


def test_a_shape_of_4_1_to_1_is_refused():
    assert refusal(encoded(flat(533, 130))) == (
        "This image is 533 × 130 pixels, a ratio of 4.1:1; allowed is 1:4 to 4:1."
    )


def test_a_shape_of_1_to_4_1_is_refused():
    assert "a ratio of 1:4.1;" in refusal(encoded(flat(130, 533)))


def test_a_kept_image_can_be_checked_against_other_limits():
    check_shape(100, 100, ImageLimits())

    with pytest.raises(BadImage, match="at least 128 × 128"):
        check_shape(100, 100, LIMITS)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_exif_orientation_is_applied(kind):
    # Orientation 6: the stored picture has to be turned clockwise, its left goes to the top.
    checked = read(encoded(left_red_right_blue(200, 160), kind, exif=exif(orientation=6)))

    image = decoded(checked.data).convert("RGB")
    assert (checked.width, checked.height) == image.size == (160, 200)
    top, bottom = image.getpixel((80, 10)), image.getpixel((80, 190))
    assert top[0] > 200 > 60 > top[2]
    assert bottom[2] > 200 > 60 > bottom[0]
    assert decoded(checked.data).getexif().get(0x0112, 1) == 1


def test_broken_exif_does_not_refuse_sound_pixels():
    checked = read(encoded(flat(200, 150), "JPEG", exif=b"Exif\x00\x00nonsense"))

    assert checked.width == 200


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_exif_and_gps_are_gone(kind):
    data = encoded(flat(200, 150), kind, exif=exif(secret="CANARY"))
    assert b"CANARY" in data

    clean = read(data).data

    assert b"CANARY" not in clean
    assert not decoded(clean).getexif()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_xmp_is_gone(kind):
    data = encoded(flat(200, 150), kind, xmp=b"<x:xmpmeta>CANARY</x:xmpmeta>")

    assert b"CANARY" in data
    assert b"CANARY" not in read(data).data


def test_png_text_is_gone():
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "CANARY prompt")
    info.add_itxt("XML:com.adobe.xmp", "CANARY")

    assert b"CANARY" not in read(encoded(flat(200, 150), pnginfo=info)).data


def test_a_jpeg_comment_is_gone():
    assert b"CANARY" not in read(encoded(flat(200, 150), "JPEG", comment=b"CANARY")).data


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_appended_data_is_gone(kind):
    polyglot = encoded(flat(200, 150), kind) + b"<script>alert(1)</script>"

    assert b"<script>" not in read(polyglot).data


def test_a_jpeg_keeps_its_quality():
    data = encoded(noise(200, 150), "JPEG", quality=60)

    assert decoded(read(data).data).quantization == decoded(data).quantization


def test_a_cmyk_jpeg_becomes_rgb():
    checked = read(encoded(flat(200, 150, (0, 200, 200, 10), "CMYK"), "JPEG"))

    assert decoded(checked.data).mode == "RGB"


def test_a_16_bit_png_keeps_its_depth():
    image = Image.new("I;16", (200, 150), 40_000)

    assert decoded(read(encoded(image)).data).getpixel((5, 5)) == 40_000


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_png_mode_is_taken(mode):
    checked = read(encoded(left_red_right_blue().convert(mode)))

    assert decoded(checked.data).mode == mode


def test_transparency_of_a_palette_is_kept():
    image = Image.new("P", (200, 150), 3)
    image.putpalette(bytes(range(256)) * 3)

    clean = read(encoded(image, transparency=3)).data

    assert decoded(clean).convert("RGBA").getpixel((5, 5))[3] == 0


def test_a_lossless_webp_stays_lossless():
    image = noise(200, 150)

    clean = read(encoded(image, "WEBP", lossless=True)).data

    assert decoded(clean).tobytes() == image.tobytes()


def test_a_png_that_outgrows_the_limit_is_packed_harder():
    picture = left_red_right_blue(1200, 900).resize((1300, 950), Image.Resampling.BICUBIC)
    data = encoded(picture, compress_level=9)
    limits = ImageLimits(max_bytes=len(data))

    assert len(read(data, limits).data) <= len(data)


def test_what_cannot_stay_within_the_limit_is_refused():
    data = encoded(noise(200, 150), "JPEG", quality=30, exif=exif(orientation=6))

    assert "once its metadata is removed" in refusal(data, ImageLimits(max_bytes=len(data)))


def test_the_file_is_read_from_its_start():
    file = BytesIO(encoded(flat(200, 150)))
    file.seek(40)

    assert read_image(file, LIMITS).width == 200


def test_threads_do_not_disturb_each_other():
    uploads = [encoded(flat(130 + number, 140)) for number in range(8)]

    with ThreadPoolExecutor(4) as pool:
        widths = [checked.width for checked in pool.map(read, uploads)]

    assert widths == [130 + number for number in range(8)]


SAMPLES = [
    encoded(noise(40, 30), kind, exif=exif(orientation=6, secret="x"))
    for kind in ("PNG", "JPEG", "WEBP")
]


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SAMPLES), st.integers(0, 400), st.binary(max_size=8), st.integers(0, 8))
def test_damage_anywhere_is_refused_or_survived(data, position, inserted, removed):
    damaged = data[:position] + inserted + data[position + removed :]

    try:
        checked = read(damaged, ImageLimits())
    except BadImage:
        return
    assert decoded(checked.data).size == (checked.width, checked.height)
