"""Facts and a poster of a video file, read in process by FFmpeg's libraries.

PyAV is imported inside the functions: web processes that never read a video do not load it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from .decoding import MAX_PIXELS
from .sniffing import BadMedia, describe, head_of, sniff
from .thumbnails import thumbnail

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = ["BadMedia", "VideoFacts", "first_picture", "poster", "probe"]

POSTER_FRAMES = 48
"""How many frames may be looked at: two seconds of the models' 24 frames a second."""

DARK = 20
"""Mean brightness, of 255, below which a frame counts as black (a fade-in)."""

WHOLE = 0.9
"""Share of the declared duration that the packets of a whole file reach at least."""

CUT_SHORT = "The video is cut short."


@dataclass(frozen=True, slots=True)
class VideoFacts:
    width: int
    height: int
    duration_seconds: float
    codec: str
    has_audio: bool


def probe(path: Path) -> VideoFacts:
    """Read the headers and walk over all packets, so that a cut file is noticed.

    Raises BadMedia for anything but a whole MP4, MOV or WebM with a video track.
    """
    with _opened(path) as (container, stream):
        declared = _declared_seconds(container, stream)
        end = _end_of_packets(container, stream)
        if declared is not None and end < declared * WHOLE:
            raise BadMedia(CUT_SHORT)
        return VideoFacts(
            width=stream.codec_context.width,
            height=stream.codec_context.height,
            duration_seconds=round(declared or end, 3),
            codec=stream.codec_context.name,
            has_audio=bool(container.streams.audio),
        )


def poster(path: Path, side: int) -> bytes:
    """WebP of the first frame that is not nearly black, within `side` × `side`.

    Raises BadMedia when no frame decodes.
    """
    return thumbnail(first_picture(path, side), side)


def first_picture(path: Path, side: int) -> Image.Image:
    """The frame for the poster, no larger than `side`; the brightest if all are dark."""
    best, light = None, -1.0
    with _opened(path) as (container, stream):
        for picture in islice(_pictures(container, stream, side), POSTER_FRAMES):
            brightness = _brightness(picture)
            if brightness > light:
                best, light = picture, brightness
            if light >= DARK:
                break
    if best is None:
        raise BadMedia("The video has no frame that can be decoded.")
    return best


@contextmanager
def _opened(path: Path) -> Iterator[tuple["InputContainer", "VideoStream"]]:
    import av

    head = head_of(path)
    kind = sniff(head)
    if kind is None or kind.kind != "video":
        raise BadMedia(f"The file is not a video; it is {kind.name if kind else describe(head)}.")
    try:
        # The format is fixed: FFmpeg would take a playlist for a video and fetch what it names.
        with av.open(
            f"file:{path}",
            format=kind.reader,
            options={"protocol_whitelist": "file"},
            metadata_errors="replace",
        ) as container:
            yield container, _video_stream(container)
    except av.error.FFmpegError as error:
        raise BadMedia("The video is damaged or cut short.") from error


def _video_stream(container: "InputContainer") -> "VideoStream":
    if not len(container.streams):  # its index was to come at the end
        raise BadMedia(CUT_SHORT)
    if not container.streams.video:
        raise BadMedia("The file has no video track.")
    stream = container.streams.video[0]
    if stream.codec_context is None:  # FFmpeg knows no decoder for it
        raise BadMedia("The video is in a format that cannot be decoded.")
    width, height = stream.codec_context.width, stream.codec_context.height
    if not 0 < width * height <= MAX_PIXELS:
        raise BadMedia(f"The video's frames are {width} × {height} pixels, which is not usable.")
    return stream


def _declared_seconds(container: "InputContainer", stream: "VideoStream") -> float | None:
    import av

    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None:
        return container.duration / av.time_base
    return None


def _end_of_packets(container: "InputContainer", stream: "VideoStream") -> float:
    """Where the last video packet ends, in seconds from the first one."""
    start, end = None, 0.0
    for packet in container.demux(stream):
        if packet.is_corrupt:
            raise BadMedia(CUT_SHORT)
        if packet.pts is None or packet.size == 0:
            continue  # the marker after the last packet, for one
        begin = float(packet.pts * packet.time_base)
        start = begin if start is None else min(start, begin)
        end = max(end, begin + float((packet.duration or 0) * packet.time_base))
    if start is None:
        raise BadMedia(CUT_SHORT)
    return end - start


def _pictures(
    container: "InputContainer", stream: "VideoStream", side: int
) -> Iterator[Image.Image]:
    """Frames as far as they decode, scaled down by FFmpeg, which is cheaper than by Pillow."""
    import av

    decoded = False
    try:
        for frame in container.decode(stream):
            scale = min(1.0, side / max(frame.width, frame.height))
            yield frame.to_image(
                width=max(1, round(frame.width * scale)), height=max(1, round(frame.height * scale))
            )
            decoded = True
    except av.error.FFmpegError:
        if not decoded:
            raise


def _brightness(picture: Image.Image) -> float:
    pixel = picture.convert("L").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(pixel, int | float)
    return float(pixel)
