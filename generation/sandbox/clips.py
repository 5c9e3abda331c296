"""Makes a short H.264 clip from one picture: a slow zoom under fixed captions.

Zoom and captions are done by FFmpeg's own filters on one uploaded frame, so that Python draws
nothing per frame: 5 seconds at 720p take about 0.35 s of one core.
"""

import math
from array import array
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from .pictures import filled

if TYPE_CHECKING:
    import av

FRAMES_PER_SECOND = 12
ZOOM = 0.12
"""How much larger the picture is at the end than at the start."""

FINER = 1.5
"""The zoom works on whole pixels of its source; a larger source makes it smoother."""

SAMPLE_RATE = 44_100
CHORD = (220, 277, 330)
"""Whole hertz, so that one second of it repeats without a click."""


def write_clip(
    path: Path, picture: Image.Image, captions: Image.Image, seconds: int, *, audio: bool
) -> None:
    """Write an mp4 of the size of `captions` (even sides) to `path`, index in front."""
    import av  # Takes as long to import as the rest of the sandbox; only rendering needs it.

    width, height = captions.size
    count = seconds * FRAMES_PER_SECOND
    options = {"movflags": "+faststart"}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        video = container.add_stream("libx264", rate=FRAMES_PER_SECOND)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.options = {"preset": "ultrafast", "crf": "27", "threads": "1"}
        sound = container.add_stream("aac", rate=SAMPLE_RATE, layout="mono") if audio else None
        for frame in _frames(picture, captions, count):
            container.mux(video.encode(frame))
        container.mux(video.encode())
        if sound is not None:
            for block in _tone(seconds):
                container.mux(sound.encode(block))
            container.mux(sound.encode())


def _frames(picture: Image.Image, captions: Image.Image, count: int) -> Iterator["av.VideoFrame"]:
    import av

    width, height = captions.size
    rate = Fraction(1, FRAMES_PER_SECOND)
    source = filled(picture, (round(width * FINER) // 2 * 2, round(height * FINER) // 2 * 2))
    graph = av.filter.Graph()
    pictures = graph.add_buffer(
        width=source.width,
        height=source.height,
        format=av.VideoFormat("yuv420p"),
        time_base=rate,
    )
    words = graph.add_buffer(
        width=width, height=height, format=av.VideoFormat("yuva420p"), time_base=rate
    )
    zoom = graph.add(
        "zoompan",
        f"z=1+{ZOOM}*on/{count}:x=iw/2-(iw/zoom/2):y=ih/2-(ih/zoom/2)"
        f":d={count}:s={width}x{height}:fps={FRAMES_PER_SECOND}",
    )
    lay = graph.add("overlay", "eof_action=repeat:format=yuv420")
    sink = graph.add("buffersink")
    pictures.link_to(zoom)
    zoom.link_to(lay, 0, 0)
    words.link_to(lay, 0, 1)
    lay.link_to(sink)
    graph.configure()
    for entrance, still in ((pictures, source), (words, captions)):
        form = "yuva420p" if still.mode == "RGBA" else "yuv420p"
        entrance.push(_frame(still).reformat(format=form))
        entrance.push(None)
    for number in range(count):
        frame = graph.vpull()
        frame.pts, frame.time_base = number, rate
        yield frame


def _frame(picture: Image.Image) -> "av.VideoFrame":
    """`picture` (RGB or RGBA) as a frame; PyAV's own conversion loses transparency."""
    import av

    if picture.mode != "RGBA":
        frame = av.VideoFrame.from_image(picture)
    else:
        frame = av.VideoFrame(picture.width, picture.height, "rgba")
        plane, row, data = frame.planes[0], picture.width * 4, picture.tobytes()
        gap = bytes(plane.line_size - row)
        if gap:
            data = b"".join(data[i : i + row] + gap for i in range(0, len(data), row))
        plane.update(data)
    frame.pts = 0
    return frame


def _tone(seconds: int) -> Iterator["av.AudioFrame"]:
    import av

    block = av.AudioFrame(format="s16", layout="mono", samples=SAMPLE_RATE)
    for second in range(seconds):
        block = av.AudioFrame(format="s16", layout="mono", samples=SAMPLE_RATE)
        block.planes[0].update(_second_of_sound())
        block.sample_rate = SAMPLE_RATE
        block.pts = second * SAMPLE_RATE
        yield block


@cache
def _second_of_sound() -> bytes:
    turn = 2 * math.pi / SAMPLE_RATE
    return array(
        "h",
        (
            round(1800 * sum(math.sin(turn * note * sample) for note in CHORD) / len(CHORD))
            for sample in range(SAMPLE_RATE)
        ),
    ).tobytes()
