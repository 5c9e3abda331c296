"""The small pictures of a result, each half as large as the one before."""

from dataclasses import dataclass, field

from PIL import Image

from .thumbnails import CARD, compressed, shines_through

SMALL, LARGE = CARD // 2, CARD * 2
"""Longest sides in pixels: of a tile on a phone, and of the stage of a task's page."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """JPEG, or WebP when something shines through, that fits into `side` × `side`."""

    side: int
    data: bytes = field(repr=False)


def wanted(width: int, height: int) -> int:
    """The side at which the source is to be read: LARGE only if it is that large itself."""
    return LARGE if max(width, height) >= LARGE else CARD


def fitted(side: int, width: int, height: int) -> tuple[int, int]:
    """The size of that rendition of a source; nothing is enlarged."""
    share = min(1.0, side / max(width, height))
    return max(1, round(width * share)), max(1, round(height * share))


def renditions(picture: Image.Image) -> tuple[Rendition, ...]:
    """Largest first, of a plain picture that was read at its `wanted` side; CARD is always there.

    Each is made of the one before: that costs a fraction of reducing the source three times.
    """
    if picture.mode == "RGBA" and not shines_through(picture):
        picture = _with_info(picture.convert("RGB"), picture)
    made: list[Rendition] = []
    for side in (LARGE, CARD, SMALL):
        longest = max(picture.size)
        if (side == LARGE and longest < LARGE) or (side == SMALL and longest <= SMALL):
            continue
        picture = _reduced(picture, side)
        made.append(Rendition(side, compressed(picture)))
    return tuple(made)


def _reduced(picture: Image.Image, side: int) -> Image.Image:
    if max(picture.size) <= side:
        return picture
    if max(picture.size) == 2 * side:
        return _with_info(picture.reduce(2), picture)
    smaller = picture.resize(
        fitted(side, *picture.size), Image.Resampling.LANCZOS, reducing_gap=1.0
    )
    return _with_info(smaller, picture)


def _with_info(picture: Image.Image, source: Image.Image) -> Image.Image:
    picture.info = dict(source.info)
    return picture
