"""One frame of a video, as its player shows it at a moment."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from .reducing import decoding_turn
from .sniffing import BadMedia
from .video import opened

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

PATIENCE = 5.0
"""Seconds for one frame. From one key frame to the next the models' videos take a tenth of it."""


def frame_at(path: Path, seconds: float) -> Image.Image:
    """The frame that is seen `seconds` after the beginning; the last one for a later moment.

    One at a time in this process, as with uploads. Raises BadMedia.
    """
    with decoding_turn(), opened(path) as (container, stream):
        frame = _seen_at(container, stream, seconds)
        if frame is None:
            raise BadMedia("The video has no frame that can be decoded.")
        return frame.to_image()


def _seen_at(
    container: "InputContainer", stream: "VideoStream", seconds: float
) -> "VideoFrame | None":
    assert stream.time_base is not None
    wanted = (stream.start_time or 0) + int(max(seconds, 0) / stream.time_base)
    container.seek(wanted, stream=stream, backward=True)
    end = time.monotonic() + PATIENCE
    seen = None
    for frame in container.decode(stream):
        if frame.pts is None:
            continue
        if seen is not None and frame.pts > wanted:
            break
        if time.monotonic() > end:
            raise BadMedia("The frame could not be read in time.")
        seen = frame
    return seen
