"""The pictures that a result shows, drawn from the member's own images."""

import io
from collections.abc import Sequence
from math import ceil, sqrt
from urllib.parse import urlsplit

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from .captions import label
from .sizes import Size

LONGEST_SIDE = 1600
"""Inputs are kept no larger than this: no result is drawn larger than 1080p."""

DARK, LIGHT = (36, 42, 56), (94, 108, 140)


def reduced(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        # A JPEG is decoded straight to a smaller size, which saves most of the work.
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=2.0)
        return jpeg(_flat(image))


def jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def placeholder(address: str) -> bytes:
    """A JPEG that stands for an image at `address`, which the sandbox never fetches."""
    parts = urlsplit(address)
    picture = _gradient((1280, 720))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((40, 40, 1240, 680), outline=(120, 130, 150), width=3)
    label(picture, f"{parts.hostname or ''} {parts.path.rpartition('/')[2]}", centred=True)
    return jpeg(picture)


def filled(picture: Image.Image, size: Size) -> Image.Image:
    return ImageOps.fit(picture.convert("RGB"), size, Image.Resampling.BILINEAR)


def composed(
    pictures: Sequence[Image.Image],
    labels: Sequence[str],
    size: Size,
    *,
    caption_at_top: bool = False,
) -> Image.Image:
    if not pictures:
        return _gradient(size)
    canvas = _blurred(pictures[0], size)
    columns = min(len(pictures), max(1, ceil(sqrt(len(pictures) * size[0] / size[1]))))
    rows = ceil(len(pictures) / columns)
    # The edges stay free for the zoom, and a fifth of the height for the caption.
    left, top = size[0] * 3 // 50, size[1] * (11 if caption_at_top else 3) // 50
    cell = (size[0] * 44 // 50 // columns, size[1] * 36 // 50 // rows)
    for number, (picture, text) in enumerate(zip(pictures, labels, strict=True)):
        tile = ImageOps.contain(picture.convert("RGB"), (cell[0] * 23 // 25, cell[1] * 23 // 25))
        if text:
            label(tile, text)
        x = left + number % columns * cell[0] + (cell[0] - tile.width) // 2
        y = top + number // columns * cell[1] + (cell[1] - tile.height) // 2
        canvas.paste(tile, (x, y))
    return canvas


def _flat(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def _blurred(picture: Image.Image, size: Size) -> Image.Image:
    # Blurring a small copy looks the same and costs a hundredth.
    small = filled(picture, (max(size[0] // 16, 1), max(size[1] // 16, 1)))
    soft = small.filter(ImageFilter.GaussianBlur(3)).point(lambda value: value * 0.6)
    return soft.resize(size, Image.Resampling.BICUBIC)


def _gradient(size: Size) -> Image.Image:
    dark, light = Image.new("RGB", size, DARK), Image.new("RGB", size, LIGHT)
    return Image.composite(dark, light, Image.linear_gradient("L").resize(size))
