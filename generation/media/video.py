"""Facts and a poster of a video file, read in process by FFmpeg's libraries.

PyAV is imported inside the functions: web processes that never read a video do not load it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from PIL import Image

from .decoding import MAX_PIXELS
from .sniffing import BadMedia, describe, head_of, sniff

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

__all__ = ["BadMedia", "VideoFacts", "opened", "probe", "read_video"]

POSTER_FRAMES = 48
"""How many frames may be looked at: two seconds of the models' 24 frames a second."""

FEW = (16, 16)
"""Width and height, in pixels, at which brightness is measured."""

DARK = 20
"""Mean brightness, of 255, below which a frame counts as black (a fade-in)."""

WHOLE = 0.9
"""Share of the declared duration that the packets of a whole file reach at least."""

SideFor = Callable[[int, int], int]

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
    with opened(path) as (container, stream):
        return _facts(container, stream, _end_of_packets(_packets(container, stream)))


def read_video(path: Path, side_for: SideFor) -> tuple[VideoFacts, Image.Image]:
    """What `probe` tells, and the frame for the poster, in one reading.

    `side_for` says of the film's width and height how long the frame's sides may be.

    The frame is the first that is not nearly black, the brightest if all are dark. Raises
    BadMedia as `probe` does, and when no frame decodes.
    """
    with opened(path) as (container, stream):
        choice = _Choice()
        end = _end_of_packets(choice.watch(_packets(container, stream)))
        if choice.frame is None:
            raise BadMedia("The video has no frame that can be decoded.")
        picture = _scaled(choice.frame, side_for(choice.frame.width, choice.frame.height))
        return _facts(container, stream, end), picture


@contextmanager
def opened(path: Path) -> Iterator[tuple["InputContainer", "VideoStream"]]:
    """The file and its video track; raises BadMedia for what is none, also while it is read."""
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
    # One frame is wanted: threads would decode ahead, at twice the price.
    stream.codec_context.thread_type = "NONE"
    return stream


def _declared_seconds(container: "InputContainer", stream: "VideoStream") -> float | None:
    import av

    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None:
        return container.duration / av.time_base
    return None


def _facts(container: "InputContainer", stream: "VideoStream", end: float) -> VideoFacts:
    declared = _declared_seconds(container, stream)
    if declared is not None and end < declared * WHOLE:
        raise BadMedia(CUT_SHORT)
    return VideoFacts(
        width=stream.codec_context.width,
        height=stream.codec_context.height,
        duration_seconds=round(declared or end, 3),
        codec=stream.codec_context.name,
        has_audio=bool(container.streams.audio),
    )


def _packets(container: "InputContainer", stream: "VideoStream") -> Iterator["Packet"]:
    """All of the stream, and an empty one after the last; raises BadMedia where one is cut."""
    for packet in container.demux(stream):
        if packet.is_corrupt:
            raise BadMedia(CUT_SHORT)
        yield packet


def _end_of_packets(packets: Iterator["Packet"]) -> float:
    """Where the last video packet ends, in seconds from the first one."""
    start, end, unit = None, 0, Fraction(0)
    for packet in packets:
        begin = packet.pts
        if begin is None or packet.size == 0:
            continue  # the marker after the last packet, for one
        if start is None or begin < start:
            start, unit = begin, packet.time_base
        end = max(end, begin + (packet.duration or 0))
    if start is None:
        raise BadMedia(CUT_SHORT)
    return float((end - start) * unit)


class _Choice:
    """Decodes the packets that pass by until it has seen the frame for the poster."""

    def __init__(self) -> None:
        self.frame: VideoFrame | None = None
        self._light, self._seen = -1.0, 0

    def watch(self, packets: Iterator["Packet"]) -> Iterator["Packet"]:
        looking = True
        for packet in packets:
            looking = looking and self._look(packet)
            yield packet

    def _look(self, packet: "Packet") -> bool:
        """Whether later frames are of interest."""
        import av

        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            if self.frame is None:
                raise
            return False  # as far as it decodes
        return all(self._weigh(frame) for frame in frames)

    def _weigh(self, frame: "VideoFrame") -> bool:
        self._seen += 1
        brightness = _brightness(frame)
        if brightness > self._light:
            self.frame, self._light = frame, brightness
        return self._light < DARK and self._seen < POSTER_FRAMES


def _scaled(frame: "VideoFrame", side: int) -> Image.Image:
    """By FFmpeg, which is cheaper than by Pillow."""
    scale = min(1.0, side / max(frame.width, frame.height))
    size = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    plane = frame.reformat(*size, "rgb24").planes[0]
    return Image.frombytes("RGB", size, bytes(plane), "raw", "RGB", plane.line_size)


def _brightness(frame: "VideoFrame") -> float:
    """The mean, of 255, as a few pixels tell it."""
    plane = frame.reformat(*FEW, "gray", interpolation="AREA").planes[0]
    return fmean(Image.frombytes("L", FEW, bytes(plane), "raw", "L", plane.line_size).tobytes())
