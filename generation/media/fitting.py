"""Makes images fit into one request body as data URIs.

The gateway takes images of 50 MB but bodies of 20 MB (docs/gateway.md), and base64 adds a third.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from math import sqrt

from PIL import Image

from .decoding import BROKEN, load_image, open_image, plain
from .wording import size_text

JPEG = "image/jpeg"
QUALITIES = (95, 90, 85, 80, 75)
SCALED_QUALITY = 80
MIN_SIDE = 128
"""The largest least side that a model asks for."""

LARGEST_PROFILE = 64 * 1024
"""Colour profiles beyond this, in bytes, are device tables that no viewer needs."""


class CannotFit(ValueError):
    """Even the smallest allowed versions are too large together."""


@dataclass(frozen=True, slots=True)
class EncodableImage:
    data: bytes = field(repr=False)
    mime: str


@dataclass(frozen=True, slots=True)
class Fitted:
    """`images` as (data, mime) in the order given; `notes` are sentences for the timeline."""

    images: tuple[tuple[bytes, str], ...] = field(repr=False)
    notes: tuple[str, ...]


def data_uri(data: bytes, mime: str) -> str:
    return f"data:{mime};base64,{b64encode(data).decode('ascii')}"


def uri_size(size: int, mime: str) -> int:
    return len(f"data:{mime};base64,") + (size + 2) // 3 * 4


def fit(
    images: Sequence[EncodableImage], budget: int, *, min_side: int = MIN_SIDE, limit: str = "20 MB"
) -> Fitted:
    """Re-encode just enough, largest first, until all data URIs have at most `budget` bytes.

    What fits is returned untouched. No side shrinks below `min_side`. `limit` is the figure
    that the notes name. Raises CannotFit.
    """
    current, stuck = list(images), set[int]()
    while sum(sizes := [uri_size(len(image.data), image.mime) for image in current]) > budget:
        free = [index for index in range(len(images)) if index not in stuck]
        level = _level([sizes[index] for index in free], budget - sum(sizes[i] for i in stuck))
        allowed = (level - len(f"data:{JPEG};base64,")) // 4 * 3
        if allowed <= 0:
            raise CannotFit(f"The images do not fit into the gateway's {limit} limit.")
        largest = max(free, key=sizes.__getitem__)
        data = _shrink(images[largest].data, allowed, min_side)
        if len(data) > allowed:
            stuck.add(largest)
        if len(data) < len(current[largest].data):
            current[largest] = EncodableImage(data, JPEG)
    notes = (
        f"Image {number} was re-encoded from {size_text(len(before.data))} to "
        f"{size_text(len(after.data))} to fit the gateway's {limit} limit."
        for number, (before, after) in enumerate(zip(images, current, strict=True), start=1)
        if after is not before
    )
    return Fitted(tuple((image.data, image.mime) for image in current), tuple(notes))


def _level(sizes: list[int], budget: int) -> int:
    """The size to which the largest must come down so that all fit; 0 if that is impossible."""
    for done, size in enumerate(sorted(sizes)):
        share = budget // (len(sizes) - done)
        if size > share:
            return share
        budget -= size
    return 0


def _shrink(data: bytes, allowed: int, min_side: int) -> bytes:
    """JPEG of at most `allowed` bytes, or the smallest there is."""
    picture, profile = _opaque(data)
    smallest = data
    for quality in QUALITIES:
        smallest = _jpeg(picture, quality, profile)
        if len(smallest) <= allowed:
            return smallest
    size = picture.size
    while min(size) > min_side:
        scale = min(0.95, max(0.5, sqrt(allowed / len(smallest))))
        size = _scaled(size, scale, min_side)
        scaled = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
        smallest = _jpeg(scaled, SCALED_QUALITY, profile)
        if len(smallest) <= allowed:
            break
    return smallest


def _opaque(data: bytes) -> tuple[Image.Image, bytes | None]:
    """The picture on white, for JPEG has no transparency, and its colour profile."""
    try:
        with open_image(BytesIO(data)) as image:
            load_image(image)
            profile = image.info.get("icc_profile") if image.mode.startswith("RGB") else None
            picture = plain(image).copy()
    except BROKEN as error:
        raise CannotFit("An image cannot be read, so it cannot be made smaller.") from error
    if picture.mode == "RGBA":
        white = Image.new("RGB", picture.size, "white")
        white.paste(picture, mask=picture.getchannel("A"))
        picture = white
    return picture, profile if profile and len(profile) <= LARGEST_PROFILE else None


def _scaled(size: tuple[int, int], scale: float, min_side: int) -> tuple[int, int]:
    """Smaller in proportion; rounding never makes the shape longer, past the models' 4:1."""
    short = max(min_side, int(min(size) * scale))
    long = max(size) * short // min(size)
    return (long, short) if size[0] >= size[1] else (short, long)


def _jpeg(picture: Image.Image, quality: int, profile: bytes | None) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=quality, icc_profile=profile)
    return buffer.getvalue()
