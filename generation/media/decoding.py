"""Opens images that others made: only known formats, never more pixels than allowed."""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

MAX_PIXELS = 40_000_000
"""More are never kept: refused from the header, before memory is taken, or reduced."""

# Our own limits go first; what this one of Pillow's would refuse, twice as much, is a bomb.
Image.MAX_IMAGE_PIXELS = 250_000_000

FORMATS = ("PNG", "JPEG", "WEBP")

BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    LookupError,
    TypeError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
)
"""What Pillow's decoders raise for damaged files."""

BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class UnknownFormat(ValueError):
    """The bytes are none of the wanted formats, whatever the file's name says."""


class DamagedImage(ValueError):
    """The format is right, the content cannot be decoded to the end."""


class TooManyPixels(ValueError):
    """`size` is width and height, or None where the header alone was refused."""

    def __init__(self, size: tuple[int, int] | None) -> None:
        super().__init__("too many pixels")
        self.size = size


def open_image(
    source: BinaryIO | Path,
    formats: Sequence[str] = FORMATS,
    max_pixels: int = MAX_PIXELS,
) -> Image.Image:
    """Read the header only; the caller closes the image.

    Raises UnknownFormat, DamagedImage or TooManyPixels.
    """
    try:
        image = Image.open(source, formats=tuple(formats))
    except BOMBS:
        raise TooManyPixels(None) from None
    except UnidentifiedImageError:
        raise UnknownFormat("not an image of a known format") from None
    except BROKEN as error:
        raise DamagedImage("the header is damaged") from error
    if image.width * image.height > max_pixels:
        image.close()
        raise TooManyPixels(image.size)
    return image


def load_image(image: Image.Image) -> None:
    """Decode every pixel; Pillow's `verify()` lets truncated JPEGs pass, this does not.

    Raises DamagedImage.
    """
    try:
        image.load()
    except (*BROKEN, *BOMBS) as error:
        raise DamagedImage("the pixels are damaged or cut short") from error
    if image.mode == "P" and image.palette is None:
        # Pillow reads it, and fails as it writes or converts what has no colours.
        raise DamagedImage("the palette is missing")


def format_of(image: Image.Image) -> str:
    """PNG, JPEG or WEBP; a phone's multi-picture JPEG (MPO) counts as the JPEG it begins with."""
    return "JPEG" if image.format in ("JPEG", "MPO") else str(image.format)


def plain(image: Image.Image) -> Image.Image:
    """The same picture as 8-bit L, RGB or RGBA, which every encoder takes."""
    if image.mode in ("I", "I;16", "I;16B", "I;16L"):
        # convert() alone clips everything above 255 to white.
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    if image.mode in ("L", "RGB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")
