"""Small pictures for cards and lists."""

from io import BytesIO

from PIL import Image, ImageOps

from .decoding import load_image, open_image, plain

CARD = 640
"""Longest side on a card, in pixels: a 320 px wide card on a dense screen."""

EFFORT = 1
"""Of 6: a third of the time of 4, for files about as small."""


def compressed(image: Image.Image) -> bytes:
    """JPEG of a plain image, or WebP when it has an alpha channel.

    Of photographs a JPEG is somewhat larger than a WebP and made in a tenth of the time
    (docs/workers.md).
    """
    profile = image.info.get("icc_profile")
    if image.mode == "RGBA":
        return _webp(image, profile)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=80, icc_profile=profile)
    return buffer.getvalue()


def shines_through(image: Image.Image) -> bool:
    return image.getchannel("A").getextrema() != (255, 255)


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


def square(source: bytes, side: int) -> bytes:
    """WebP of the middle of `source`, an image already checked, as a square of `side`."""
    with open_image(BytesIO(source)) as image:
        image.draft(None, (side * 2, side * 2))
        load_image(image)
        profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA") else None
        fitted = ImageOps.fit(plain(image), (side, side), Image.Resampling.LANCZOS)
        return _webp(fitted, profile)


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
