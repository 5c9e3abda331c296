"""Writes clean pictures: the pixels anew, which leaves metadata and anything appended behind."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO, Literal

from PIL import Image

from .decoding import BROKEN

Format = Literal["PNG", "JPEG", "WEBP"]


class Unfit(ValueError):
    """No way of writing it stays within the limit; `size` is the last one tried, in bytes."""

    def __init__(self, size: int) -> None:
        super().__init__("too large")
        self.size = size


def is_lossless(file: BinaryIO) -> bool:
    """Whether a WebP file stores its pixels losslessly: its image chunk is VP8L."""
    position = 12
    file.seek(position)
    while len(head := file.read(8)) == 8:
        if head[:4] in (b"VP8L", b"VP8 "):
            return head[:4] == b"VP8L"
        length = int.from_bytes(head[4:], "little")
        position += 8 + length + length % 2
        file.seek(position)
    return False


def encode(image: Image.Image, kind: Format, lossless: bool, max_bytes: int) -> bytes:
    """The picture as a file of that kind with at most `max_bytes`. Raises Unfit."""
    size = 0
    for options in _encodings(image, kind, lossless):
        buffer = BytesIO()
        try:
            image.save(buffer, kind, icc_profile=image.info.get("icc_profile"), **options)
        except BROKEN:
            continue  # WebP cannot hold some noisy pictures at high quality
        size = buffer.tell()
        if size <= max_bytes:
            return buffer.getvalue()
    raise Unfit(size)


def _encodings(image: Image.Image, kind: Format, lossless: bool) -> Iterator[dict[str, Any]]:
    """Best first; the later ones are for what would outgrow the limit or cannot be written."""
    if kind == "PNG":
        yield from ({"compress_level": level} for level in (3, 6, 9))
        return
    if kind == "JPEG" and image.format == "JPEG":
        yield {"quality": "keep"}
    if kind == "WEBP" and lossless:
        yield {"lossless": True, "quality": 25, "method": 1}
    effort = {"method": 2} if kind == "WEBP" else {}
    yield from ({"quality": quality, **effort} for quality in (95, 90, 80))
