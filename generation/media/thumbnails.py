"""Small pictures for cards and lists."""

from io import BytesIO

from PIL import Image

from .decoding import load_image, open_image, plain

CARD = 640
"""Longest side on a card, in pixels: a 320 px wide card on a dense screen."""

EFFORT = 1
"""Of 6: a third of the time of 4, for files about as small."""


def poster(image: Image.Image, side: int) -> bytes:
    """JPEG of `image` that fits into `side` × `side`, or WebP when something shines through.

    Of photographs a JPEG is a tenth larger than a WebP and made in a tenth of the time, which is
    what workers spend on a batch of results (docs/workers.md).
    """
    small, profile = _fitted(_roughly(image, side), side)
    if small.mode == "RGBA":
        if small.getchannel("A").getextrema() != (255, 255):
            return _webp(small, profile)
        small = small.convert("RGB")
    buffer = BytesIO()
    small.save(buffer, "JPEG", quality=80, icc_profile=profile)
    return buffer.getvalue()


def thumbnail(source: bytes | Image.Image, side: int) -> bytes:
    """WebP of `source` that fits into `side` × `side`; a smaller source keeps its size.

    `source` is an image already checked, upright; it is not changed. Bytes that are no
    image raise the errors of `decoding`.
    """
    if isinstance(source, Image.Image):
        return _webp(*_fitted(_roughly(source, side), side))
    with open_image(BytesIO(source)) as image:
        # A JPEG decodes at a fraction of its size, in a fraction of the time.
        image.draft(None, (side * 2, side * 2))
        load_image(image)
        return _webp(*_fitted(image, side))


def _roughly(image: Image.Image, side: int) -> Image.Image:
    """A copy, cheaply brought near to its last size: a whole copy of a large picture is dear."""
    factor = max(image.size) // (side * 3)
    if factor < 2 or image.mode not in ("L", "RGB", "RGBA"):
        return image.copy()
    small = image.reduce(factor)
    small.info = dict(image.info)
    return small


def _fitted(image: Image.Image, side: int) -> tuple[Image.Image, bytes | None]:
    profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA") else None
    small = plain(image)
    small.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=1.0)
    return small, profile


def _webp(small: Image.Image, profile: bytes | None) -> bytes:
    buffer = BytesIO()
    small.save(buffer, "WEBP", quality=80, method=EFFORT, icc_profile=profile)
    return buffer.getvalue()
