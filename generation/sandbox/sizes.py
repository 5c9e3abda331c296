"""Frame sizes in pixels, as the provider delivers them."""

from math import log, sqrt

Size = tuple[int, int]

FRAMES: dict[str, tuple[Size, ...]] = {
    "360p": ((640, 352), (544, 400), (480, 480), (400, 544), (352, 640)),
    "540p": ((960, 528), (816, 608), (720, 720), (608, 816), (528, 960)),
    "720p": ((1280, 720), (1104, 816), (960, 960), (816, 1104), (720, 1280)),
    "1080p": ((1920, 1080), (1674, 1238), (1440, 1440), (1238, 1674), (1080, 1920)),
}
"""By resolution: 16:9, 4:3, 1:1, 3:4 and 9:16."""

CLOSE = 0.03
"""How far a ratio's logarithm may be from a listed one to be delivered in its size."""


def video_size(resolution: str, ratio: float) -> Size:
    """The frame of a clip; above 720p it is drawn at 720p, which is enough to try things out."""
    drawn = "720p" if resolution not in FRAMES or resolution == "1080p" else resolution
    return _fit(FRAMES[drawn], ratio)


def image_size(ratio: float) -> Size:
    """The frame of a still image; 2K and 4K are drawn at 1080p with the same shape."""
    return _fit(FRAMES["1080p"], ratio)


def smaller(size: Size) -> Size:
    return _even(size[0] * 2 / 3), _even(size[1] * 2 / 3)


def ratio_of(text: str) -> float | None:
    width, colon, height = text.partition(":")
    if not (colon and width.isdecimal() and height.isdecimal() and int(height)):
        return None
    # No picture is thinner than this, whatever the ratio says: encoders need some pixels.
    return min(max(int(width) / int(height), 1 / 8), 8.0)


def _fit(sizes: tuple[Size, ...], ratio: float) -> Size:
    def distance(size: Size) -> float:
        return abs(log(size[0] / size[1] / ratio))

    nearest = min(sizes, key=distance)
    if distance(nearest) <= CLOSE:
        return nearest
    area = sizes[0][0] * sizes[0][1]
    return _even(sqrt(area * ratio)), _even(sqrt(area / ratio))


def _even(length: float) -> int:
    # H.264 with 4:2:0 colour needs even sides; multiples of 8 also keep rows aligned.
    return max(round(length / 8) * 8, 16)
