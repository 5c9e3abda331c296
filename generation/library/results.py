"""Results of tasks, and pictures behind addresses, as images for the next task."""

import tempfile
from io import BytesIO
from pathlib import Path
from threading import BoundedSemaphore
from urllib.parse import urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile

from generation.catalog import ImageLimits
from generation.library.uploads import keep_image
from generation.media.download import Downloader, DownloadFailed
from generation.media.frames import frame_at
from generation.media.images import BadImage
from generation.media.sniffing import BadMedia
from generation.media.stored import on_disk
from generation.models import Image, Output, User

LARGEST_VIDEO = 512 * 1024 * 1024
"""Bytes; in a bucket it is fetched first."""

FETCHING = 15.0
"""Seconds for a picture behind an address: somebody waits for it."""

_fetches = BoundedSemaphore(2)
"""A slow server somewhere takes no more threads of ours than these."""


def image_of(output: Output, user: User, limits: ImageLimits, *, at: float = 0) -> Image:
    """The result as an image of `user`; of a video the frame `at` seconds. Raises BadImage."""
    if output.kind == Output.Kind.IMAGE:
        try:
            with output.file.open("rb") as file:
                content = file.read()
        except OSError as error:
            raise BadImage("This result cannot be read any more.") from error
        name = Path(str(output.file.name)).name
        return keep_image(SimpleUploadedFile(name, content), user, limits)
    if (output.bytes or 0) > LARGEST_VIDEO:
        raise BadImage("This video is too large to take a frame of it.")
    try:
        with on_disk(output.file) as path:
            frame = frame_at(path, min(at, output.duration or at))
    except (BadMedia, OSError) as error:
        raise BadImage(f"No frame could be taken: {error}") from error
    picture = BytesIO()
    frame.save(picture, "PNG", compress_level=3)
    name = f"frame at {at:.1f} s.png"
    return keep_image(SimpleUploadedFile(name, picture.getvalue()), user, limits)


def image_behind(url: str, user: User, limits: ImageLimits) -> Image:
    """The picture behind a public https address as an image of `user`. Raises BadImage."""
    if not _fetches.acquire(blocking=False):
        raise BadImage("others are being fetched just now. Try again in some seconds.")
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "picture"
            fetched = Downloader(frozenset(), limits.max_bytes, FETCHING, read=10)
            fetched.fetch(url, path)
            name = Path(urlsplit(url).path).name[:100] or "picture"
            return keep_image(SimpleUploadedFile(name, path.read_bytes()), user, limits)
    except DownloadFailed as failed:
        raise BadImage(f"It could not be fetched: {failed}.") from failed
    finally:
        _fetches.release()
