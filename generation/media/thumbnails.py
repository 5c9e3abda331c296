"""Small WebP pictures for cards and lists."""

from io import BytesIO

from PIL import Image

from .decoding import load_image, open_image, plain

CARD = 640
"""Longest side on a card, in pixels: a 320 px wide card on a dense screen."""

SMALL = 160


def thumbnail(source: bytes | Image.Image, side: int) -> bytes:
    """WebP of `source` that fits into `side` × `side`; a smaller source keeps its size.

    `source` is an image already checked, upright; it is not changed. Bytes that are no
    image raise the errors of `decoding`.
    """
    if isinstance(source, Image.Image):
        return _shrunk(source.copy(), side)
    with open_image(BytesIO(source)) as image:
        # A JPEG decodes at a fraction of its size, in a fraction of the time.
        image.draft(None, (side * 2, side * 2))
        load_image(image)
        return _shrunk(image, side)


def _shrunk(image: Image.Image, side: int) -> bytes:
    profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA") else None
    small = plain(image)
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    small.save(buffer, "WEBP", quality=80, method=4, icc_profile=profile)
    return buffer.getvalue()
