from base64 import b64decode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.media.fitting import (
    CannotFit,
    EncodableImage,
    data_uri,
    fit,
    uri_size,
)

from .pictures import decoded, encoded, flat, noise


def png(width, height, seed=1, mode="RGB"):
    return EncodableImage(encoded(noise(width, height, mode, seed)), "image/png")


def total(images):
    return sum(len(data_uri(data, mime)) for data, mime in images)


def sizes(images):
    return [uri_size(len(image.data), image.mime) for image in images]


def test_it_works():
    images = [png(200, 200), png(400, 400)]
    budget = sum(sizes(images)) - 1

    fitted = fit(images, budget)

    assert total(fitted.images) <= budget
    assert fitted.images[0] == (images[0].data, "image/png")
    assert fitted.images[1][1] == "image/jpeg"


def test_a_data_uri_holds_the_bytes():
    assert data_uri(b"abcd", "image/png") == "data:image/png;base64,YWJjZA=="
    assert b64decode(data_uri(b"abcd", "image/png").partition(",")[2]) == b"abcd"


@pytest.mark.parametrize("size", range(10))
def test_the_size_of_a_data_uri_is_known_without_making_it(size):
    assert uri_size(size, "image/webp") == len(data_uri(b"x" * size, "image/webp"))


def test_what_fits_exactly_is_untouched():
    images = [png(200, 200), png(150, 150)]

    fitted = fit(images, sum(sizes(images)))

    assert fitted.images == tuple((image.data, image.mime) for image in images)
    assert fitted.notes == ()


def test_the_note_names_the_image_and_both_sizes():
    fitted = fit([png(150, 150), png(800, 700)], 1_200_000)

    assert fitted.notes[0].startswith("Image 2 was re-encoded from 1.7 MB to ")
    assert fitted.notes[0].endswith(" to fit the gateway's 20 MB limit.")
    assert len(fitted.notes) == 1


def test_only_as_many_are_touched_as_needed():
    images = [png(300, 300, seed) for seed in (1, 2, 3)]

    fitted = fit(images, sum(sizes(images)) - 100_000)

    assert sum(mime == "image/jpeg" for _, mime in fitted.images) == 1


def test_quality_falls_before_pixels_do():
    fitted = fit([png(600, 600)], 700_000)

    assert decoded(fitted.images[0][0]).size == (600, 600)


def test_pixels_fall_when_quality_is_not_enough():
    fitted = fit([png(600, 600)], 100_000)

    width, height = decoded(fitted.images[0][0]).size
    assert 128 <= width == height < 600


def test_no_side_falls_below_the_least():
    with pytest.raises(CannotFit, match="20 MB"):
        fit([png(200, 200)], 3_000)


def test_a_shape_at_the_limit_stays_within_it():
    width, height = decoded(fit([png(1000, 250)], 150_000).images[0][0]).size

    assert width / height <= 4


def test_one_that_cannot_shrink_leaves_less_to_the_others():
    tiny, large = png(128, 128), png(500, 500, 2)
    stuck = EncodableImage(encoded(noise(128, 128), "JPEG", quality=75), "image/jpeg")

    fitted = fit([tiny, stuck, large], 60_000)

    assert total(fitted.images) <= 60_000


def test_transparency_becomes_white():
    clear = noise(300, 300, "RGBA")
    clear.putalpha(0)
    image = EncodableImage(encoded(clear), "image/png")

    fitted = fit([image], len(image.data) // 2)

    assert decoded(fitted.images[0][0]).getpixel((150, 150)) == (255, 255, 255)


def test_what_is_no_image_cannot_be_made_to_fit():
    with pytest.raises(CannotFit):
        fit([EncodableImage(b"x" * 1000, "image/png")], 500)


@pytest.mark.parametrize("budget", [-5, 0, 10])
def test_no_budget_is_refused(budget):
    with pytest.raises(CannotFit):
        fit([png(150, 150)], budget)


def test_no_images_always_fit():
    assert fit([], 0).images == ()


sides = st.integers(128, 420)
pictures = st.builds(
    lambda width, height, kind, mode, noisy: EncodableImage(
        encoded(
            noise(width, height, mode)
            if noisy
            else flat(width, height, tuple(range(10, 10 + len(mode))), mode),
            kind,
        ),
        f"image/{kind.lower()}",
    ),
    sides,
    sides,
    st.sampled_from(["PNG", "WEBP"]),
    st.sampled_from(["RGB", "RGBA"]),
    st.booleans(),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(pictures, min_size=1, max_size=4), st.integers(2_000, 600_000))
def test_the_result_fits_and_decodes(images, budget):
    try:
        fitted = fit(images, budget)
    except CannotFit:
        assert sum(sizes(images)) > budget
        return

    assert total(fitted.images) <= budget
    assert len(fitted.images) == len(images)
    for before, (data, mime) in zip(images, fitted.images, strict=True):
        picture = decoded(data)
        assert min(picture.size) >= 128
        assert mime == f"image/{picture.format.lower()}"
        assert len(data) <= len(before.data)
    if sum(sizes(images)) <= budget:
        assert fitted.notes == ()
