"""Checks an uploaded image and makes the clean copy that is kept, shown and sent."""

import hashlib
from dataclasses import dataclass, field
from io import SEEK_END
from typing import BinaryIO, cast

from PIL import Image

from generation.catalog.spec import ImageLimits

from .colour import to_srgb
from .decoding import (
    BROKEN,
    MAX_PIXELS,
    DamagedImage,
    TooManyPixels,
    UnknownFormat,
    format_of,
    open_image,
)
from .encoding import Format, Unfit, encode, is_lossless
from .reducing import LARGEST_JPEG, check_density, decoding_turn, load_reduced
from .thumbnails import CARD, thumbnail
from .wording import ratio_text, refusal, size_text

EXTENSIONS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation."""

SIDEWAYS = {TURNS[5], TURNS[6], TURNS[7], TURNS[8]}


class BadImage(ValueError):
    """The upload is refused; the text is a sentence for the member."""


@dataclass(frozen=True, slots=True)
class CheckedImage:
    """A still image without metadata, upright; `sha256` is that of `data`, in hex.

    `thumbnail` is WebP for a card; `note` says what was done to the picture, "" for nothing.
    """

    data: bytes = field(repr=False)
    format: Format
    width: int
    height: int
    sha256: str
    thumbnail: bytes = field(repr=False, default=b"")
    note: str = ""

    @property
    def extension(self) -> str:
        return EXTENSIONS[self.format]

    @property
    def mime(self) -> str:
        return f"image/{self.format.lower()}"


def read_image(
    file: BinaryIO, limits: ImageLimits, *, max_pixels: int = MAX_PIXELS
) -> CheckedImage:
    """Decode `file` and return its clean copy; the declared name and type are not looked at.

    More than `max_pixels` are reduced, with a note; what only claims to have them is refused.
    Raises BadImage with the actual and the allowed value.
    """
    size = _size(file, limits)
    with decoding_turn(), _opened(file, size, limits) as image:
        kind = cast(Format, format_of(image))
        if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
            raise BadImage("This image is animated; a still image is needed.")
        before = image.size
        loaded = _loaded(image, file, max_pixels)
        reduced = loaded.size != before
        turn = _turn(loaded)
        loaded.info = {
            name: value
            for name, value in loaded.info.items()
            if name in ("icc_profile", "transparency")
        }
        loaded = to_srgb(loaded)
        upright = loaded if turn is None else loaded.transpose(turn)
        del loaded
        check_shape(upright.width, upright.height, limits)
        try:
            lossless = kind == "WEBP" and is_lossless(file)
            clean = encode(upright, kind, lossless, limits.max_bytes)
        except Unfit as unfit:
            raise BadImage(
                f"This image has {size_text(unfit.size)} once its metadata is removed; "
                f"at most {size_text(limits.max_bytes)} are allowed."
            ) from None
        return CheckedImage(
            data=clean,
            format=kind,
            width=upright.width,
            height=upright.height,
            sha256=hashlib.sha256(clean).hexdigest(),
            thumbnail=thumbnail(upright, CARD),
            note=_note(before if turn not in SIDEWAYS else before[::-1], upright.size)
            if reduced
            else "",
        )


def _note(before: tuple[int, int], after: tuple[int, int]) -> str:
    return (
        f"Reduced from {before[0]} × {before[1]} to {after[0]} × {after[1]} pixels; "
        "the original was too large to keep."
    )


def _size(file: BinaryIO, limits: ImageLimits) -> int:
    size = file.seek(0, SEEK_END)
    if size == 0:
        raise BadImage(refusal("empty", limits))
    if size > limits.max_bytes:
        raise BadImage(refusal("bytes", limits, size=size_text(size)))
    file.seek(0)
    return size


def _opened(file: BinaryIO, size: int, limits: ImageLimits) -> Image.Image:
    try:
        image = open_image(file, limits.formats, LARGEST_JPEG)
        check_density(image, size)
    except UnknownFormat:
        raise BadImage(refusal("format", limits)) from None
    except DamagedImage:
        raise BadImage(refusal("damaged", limits)) from None
    except TooManyPixels as error:
        raise BadImage(_too_many(error.size)) from None
    return image


def _too_many(size: tuple[int, int] | None) -> str:
    advice = "Save it smaller, as a JPEG with at most 40 million pixels, and choose it again."
    if size is None:
        return f"This image has far too many pixels to be opened. {advice}"
    millions = size[0] * size[1] / 1_000_000
    return (
        f"This image is {size[0]} × {size[1]} pixels, {millions:.1f} million, "
        f"too many to be opened for a file like this. {advice}"
    )


def _loaded(image: Image.Image, file: BinaryIO, max_pixels: int) -> Image.Image:
    try:
        return load_reduced(image, file, max_pixels)
    except DamagedImage:
        raise BadImage("This image is damaged or cut short and cannot be read.") from None
    except TooManyPixels as error:
        raise BadImage(_too_many(error.size)) from None


def _turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return TURNS.get(image.getexif().get(ORIENTATION, 1))
    except BROKEN:
        return None  # broken EXIF, sound pixels: shown as they are stored


def check_shape(width: int, height: int, limits: ImageLimits) -> None:
    """Check an upright image's sides in pixels and their ratio; raises BadImage."""
    if min(width, height) < limits.min_side:
        raise BadImage(refusal("side", limits, width=width, height=height))
    if needs_cropping(width, height, limits):
        ratio = ratio_text(width / height)
        raise BadImage(refusal("ratio", limits, width=width, height=height, ratio=ratio))


def needs_cropping(width: int, height: int, limits: ImageLimits) -> bool:
    """Whether a part of it would be taken that the whole is not."""
    return not limits.min_ratio <= width / height <= limits.max_ratio
