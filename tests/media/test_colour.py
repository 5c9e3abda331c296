import subprocess
import sys

import pytest
from PIL import Image

from generation.media.colour import STANDARD

from .pictures import decoded, encoded, flat, noise
from .profiles import display_p3, srgb
from .test_images import exif, read

KINDS = ["PNG", "JPEG", "WEBP"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_wide_gamut_picture_looks_the_same_in_srgb(kind):
    picture = flat(200, 150, (200, 60, 40))

    clean = decoded(read(encoded(picture, kind, icc_profile=display_p3())).data).convert("RGB")

    red, green, blue = clean.getpixel((100, 75))
    assert red > 210
    assert green < 55
    assert abs(blue - 30) < 12


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("profile", [display_p3(), srgb()], ids=["p3", "srgb"])
def test_the_profile_kept_is_the_standard_one(kind, profile):
    clean = read(encoded(flat(200, 150), kind, icc_profile=profile)).data

    assert decoded(clean).info["icc_profile"] == STANDARD


def test_a_camera_s_srgb_changes_no_pixel():
    picture = noise(200, 150)

    clean = read(encoded(picture, "PNG", icc_profile=srgb())).data

    assert decoded(clean).tobytes() == picture.tobytes()


def test_a_canary_in_a_profile_is_gone():
    profile = srgb().replace("sRGB".encode("utf-16-be"), b"CANARY!!")

    assert b"CANARY" in encoded(flat(200, 150), "JPEG", icc_profile=profile)
    assert b"CANARY" not in read(encoded(flat(200, 150), "JPEG", icc_profile=profile)).data


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("profile", [b"nonsense", srgb()[:200], srgb()[:40] + bytes(400)])
def test_a_broken_profile_is_ignored(kind, profile):
    picture = flat(200, 150, (200, 60, 40))

    clean = decoded(read(encoded(picture, kind, icc_profile=profile)).data)

    assert "icc_profile" not in clean.info
    assert abs(clean.convert("RGB").getpixel((100, 75))[0] - 200) < 4


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_a_profile_of_another_kind_of_picture_harms_nothing(mode):
    picture = Image.new("I;16", (200, 150), 900) if mode == "I;16" else flat(200, 150).convert(mode)

    clean = decoded(read(encoded(picture, icc_profile=display_p3())).data)

    assert clean.size == (200, 150)
    assert clean.info.get("icc_profile", STANDARD) == STANDARD


def test_colours_of_a_palette_are_converted():
    picture = flat(200, 150, (200, 60, 40)).convert("P", palette=Image.Palette.ADAPTIVE)

    clean = decoded(read(encoded(picture, icc_profile=display_p3())).data)

    assert clean.mode == "P"
    assert clean.convert("RGB").getpixel((5, 5))[0] > 210


def test_transparency_outlives_the_conversion():
    picture = Image.new("RGBA", (200, 150), (200, 60, 40, 77))

    clean = decoded(read(encoded(picture, icc_profile=display_p3())).data)

    assert clean.getpixel((5, 5))[0] > 210
    assert clean.getpixel((5, 5))[3] == 77


def test_a_turned_wide_gamut_picture_is_both_upright_and_converted():
    picture = flat(200, 150, (200, 60, 40))

    checked = read(encoded(picture, "JPEG", icc_profile=display_p3(), exif=exif(6)))

    assert (checked.width, checked.height) == (150, 200)
    assert decoded(checked.data).getpixel((5, 5))[0] > 210


def test_the_standard_profile_is_the_same_in_every_process():
    code = "from generation.media.colour import STANDARD; print(STANDARD.hex())"
    other = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, timeout=60)

    assert bytes.fromhex(other.stdout.strip()) == STANDARD


def test_what_was_cleaned_stays_as_it_is():
    once = read(encoded(noise(200, 150), "PNG", icc_profile=display_p3()))

    assert read(once.data).sha256 == once.sha256
