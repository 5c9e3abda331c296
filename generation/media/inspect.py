"""Looks at a downloaded output: what it really is, whether it decodes, its pictures."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from .decoding import DamagedImage, TooManyPixels, UnknownFormat, load_image, open_image, plain
from .renditions import LARGE, Rendition, renditions, wanted
from .sniffing import BadMedia, FileType, MediaKind, describe, head_of, sniff
from .thumbnails import CARD
from .video import read_video

__all__ = ["BadMedia", "MediaKind", "OutputFacts", "inspect_output"]

MAX_OUTPUT_PIXELS = 80_000_000
"""The largest models make 4K images of about 16 million pixels."""

Blob = bytes  # `OutputFacts.bytes` hides the builtin inside the class


@dataclass(frozen=True, slots=True)
class OutputFacts:
    """Facts of a file; `renditions` are its pictures, `duration` is in seconds or None."""

    kind: MediaKind
    mime: str
    extension: str
    width: int
    height: int
    duration: float | None
    bytes: int
    sha256: str
    renditions: tuple[Rendition, ...] = field(repr=False)

    @property
    def poster(self) -> Blob:
        return next(one.data for one in self.renditions if one.side == CARD)

    @property
    def poster_extension(self) -> str:
        """Of all renditions."""
        found = sniff(self.poster)
        assert found is not None
        return found.extension


def inspect_output(path: Path, kind: MediaKind, *, sha256: str = "") -> OutputFacts:
    """Check that `path` is a whole, decodable video or image and make its renditions.

    `sha256` is that of the file, in hex, where it is known already.

    Raises BadMedia for anything else, whatever its name or declared type.
    """
    found = _type_of(path, kind)
    if kind == "video":
        facts, picture = read_video(path, wanted)
        size, duration = (facts.width, facts.height), facts.duration_seconds
    else:
        (size, picture), duration = _still(path, found), None
    return OutputFacts(
        kind=kind,
        mime=found.mime,
        extension=found.extension,
        width=size[0],
        height=size[1],
        duration=duration,
        bytes=path.stat().st_size,
        sha256=sha256 or _digest(path),
        renditions=renditions(picture),
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _type_of(path: Path, kind: MediaKind) -> FileType:
    head = head_of(path)
    found = sniff(head)
    expected = "A video" if kind == "video" else "An image"
    if found is None:
        raise BadMedia(f"{expected} was expected, but the file is {describe(head)}.")
    if found.kind != kind:
        raise BadMedia(f"{expected} was expected, but the file is a {found.name} {found.kind}.")
    return found


def _still(path: Path, found: FileType) -> tuple[tuple[int, int], Image.Image]:
    try:
        with open_image(path, (found.reader,), MAX_OUTPUT_PIXELS) as image:
            size = image.size
            # A large JPEG decodes at half its size in less than half the time.
            image.draft(None, (LARGE, LARGE))
            load_image(image)
            picture = plain(image).copy()
    except (UnknownFormat, DamagedImage):
        raise BadMedia("The image is damaged or cut short.") from None
    except TooManyPixels:
        raise BadMedia("The image has too many pixels to be opened.") from None
    side = wanted(*size)
    picture.thumbnail((side, side), Image.Resampling.BICUBIC, reducing_gap=1.0)
    return size, picture
