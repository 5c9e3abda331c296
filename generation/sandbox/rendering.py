"""Turns an order into a file."""

import secrets
from pathlib import Path

from PIL import Image

from .captions import overlay
from .clips import write_clip
from .inputs import Inputs
from .orders import Order
from .pictures import composed
from .sizes import Size, smaller

BOTTOM_CORNERS = (3, 4)


def render(order: Order, inputs: Inputs, path: Path, *, draft: bool = False) -> None:
    """Make the file at `path`, all of it or nothing; a `draft` is smaller and half the work."""
    size = smaller(order.size) if draft else order.size
    captions = overlay(size, order.text, order.corner)
    part = path.with_name(f"{secrets.token_hex(8)}.part{path.suffix}")
    try:
        picture = _picture(order, inputs, size)
        if order.seconds:
            write_clip(part, picture, captions, order.seconds, audio=order.audio)
        else:
            still = Image.alpha_composite(picture.convert("RGBA"), captions)
            still.convert("RGB").save(part, "JPEG", quality=88)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _picture(order: Order, inputs: Inputs, size: Size) -> Image.Image:
    pictures = [_opened(inputs.path(picture)) for picture in order.pictures]
    if pictures and not order.tiled:
        return pictures[0]
    labels = [f"@{picture.handle}" if picture.handle else "" for picture in order.pictures]
    return composed(pictures, labels, size, caption_at_top=order.corner in BOTTOM_CORNERS)


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")
