"""The picture of a result in several sizes, of which the browser takes what it needs."""

from dataclasses import dataclass

from generation.media.renditions import fitted
from generation.media.thumbnails import CARD
from generation.models import Output

from .addresses import address as of

DIGITS = 16
"""Of the checksum of the result, as part of the addresses of its pictures."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The attributes of an <img>; without a `srcset` there is one size only."""

    src: str
    srcset: str = ""
    width: int | None = None
    height: int | None = None


def digest_of(output: Output) -> str:
    return output.sha256[:DIGITS]


def picture(output: Output, *, whole: bool = False) -> Picture:
    """With `whole` the image itself is the largest size."""
    src = of("output-poster", output.pk)
    if not (output.width and output.height and output.sha256):
        return Picture(src)
    shown = {side: fitted(side, output.width, output.height) for side in output.sides}
    sizes = {width: _address(output, side) for side, (width, _) in shown.items()}
    if whole:
        src = sizes[output.width] = of("output", output.pk)
    elif CARD in shown:
        src = _address(output, CARD)
    srcset = ", ".join(f"{address} {width}w" for width, address in sizes.items())
    return Picture(src, srcset if len(sizes) > 1 else "", output.width, output.height)


def largest(output: Output) -> str:
    """For what takes one address only."""
    sides = output.sides
    return _address(output, sides[-1]) if sides and output.sha256 else picture(output).src


def _address(output: Output, side: int) -> str:
    return of("output-picture", output.pk, side, digest_of(output))
