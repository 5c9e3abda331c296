"""Opens pictures with more pixels than are kept, at a fraction of their size.

What memory a picture takes is decided before its pixels are touched: by its format, by how it
is to be decoded, and by how many bytes of the file stand for them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import BinaryIO

import av
from av.error import FFmpegError
from PIL import Image

from .decoding import BROKEN, DamagedImage, TooManyPixels, load_image, plain

LARGEST = 64_000_000
"""Pixels that are decoded at most; a JPEG in one scan decodes at a fraction, whatever its size."""

LARGEST_JPEG = 250_000_000
"""The largest sensors of phones have 200 million."""

LARGEST_WHOLE_WEBP = 16_000_000
"""Pixels; Pillow's WebP decoder keeps four copies of the picture."""

DENSE, PIXELS_A_BYTE = 16_000_000, 2000
"""From so many pixels on, a file with more of them a byte is a bomb: an even white wall has
some hundreds, a photo one to fifty."""

_turns = BoundedSemaphore(1)


@contextmanager
def decoding_turn() -> Iterator[None]:
    """One large picture at a time in this process: each may take some hundred megabytes."""
    with _turns:
        yield


def check_density(image: Image.Image, size: int) -> None:
    """Raises TooManyPixels when `size` bytes of a file claim to hold that many pixels."""
    pixels = image.width * image.height
    if pixels > DENSE and pixels > size * PIXELS_A_BYTE:
        raise TooManyPixels(image.size)


def load_reduced(image: Image.Image, file: BinaryIO, max_pixels: int) -> Image.Image:
    """The pixels of an opened image, halved until they are at most `max_pixels`.

    `file` is what it was opened from. `info` is kept. Raises TooManyPixels or DamagedImage.
    """
    pixels = image.width * image.height
    factor = 1
    while pixels > max_pixels * factor * factor:
        factor *= 2
    kind = image.format
    if kind in ("JPEG", "MPO"):
        return _jpeg(image, file, factor)
    if pixels > LARGEST:
        raise TooManyPixels(image.size)
    if kind == "WEBP" and pixels > LARGEST_WHOLE_WEBP:
        return _webp(image, file, max(factor, 2))
    load_image(image)
    return image if factor == 1 else _halved(image, factor)


def _jpeg(image: Image.Image, file: BinaryIO, factor: int) -> Image.Image:
    pixels = image.width * image.height
    if pixels > LARGEST_JPEG or factor > 8:
        raise TooManyPixels(image.size)
    if pixels > LARGEST and not in_one_scan(file):
        # The decoder would have to keep all coefficients, at whatever scale.
        raise TooManyPixels(image.size)
    if factor > 1:
        image.draft(None, (image.width // factor, image.height // factor))
    load_image(image)
    return image


def in_one_scan(file: BinaryIO) -> bool:
    """Whether a JPEG is sequential and brings all its colours in its first scan."""
    file.seek(2)
    components = 0
    while len(head := file.read(4)) == 4 and head[0] == 0xFF:
        marker, length = head[1], int.from_bytes(head[2:], "big")
        body = file.read(length - 2) if length >= 2 else b""
        if marker in (0xC0, 0xC1) and len(body) > 5:
            components = body[5]
        elif marker == 0xDA:
            return bool(body) and body[0] == components
        elif 0xC2 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return False
    return False


def _webp(image: Image.Image, file: BinaryIO, factor: int) -> Image.Image:
    info, rgba = image.info, image.mode == "RGBA"
    size = (-(-image.width // factor), -(-image.height // factor))
    # It holds two canvases from the moment of opening.
    image._decoder = None  # type: ignore[attr-defined]
    file.seek(0)
    try:
        with av.open(file, mode="r", format="webp_pipe") as container:
            frame = next(container.decode(video=0))
            small = frame.reformat(*size, format="rgba" if rgba else "rgb24")
            del frame
            picture = _picture(small, "RGBA" if rgba else "RGB")
    except (FFmpegError, StopIteration, *BROKEN) as error:
        raise DamagedImage("the pixels are damaged or cut short") from error
    picture.info = dict(info)
    return picture


def _picture(frame: av.VideoFrame, mode: str) -> Image.Image:
    plane = frame.planes[0]
    size = (frame.width, frame.height)
    return Image.frombytes(mode, size, bytes(plane), "raw", mode, plane.line_size)


def _halved(image: Image.Image, factor: int) -> Image.Image:
    picture = plain(image)
    small = picture.reduce(factor)
    small.info = {key: value for key, value in image.info.items() if key != "transparency"}
    return small
