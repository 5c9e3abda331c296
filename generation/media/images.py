"""Checks an uploaded image and makes the clean copy that is kept, shown and sent."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import SEEK_END, BytesIO
from typing import Any, BinaryIO, Literal, cast

from PIL import Image

from generation.catalog.spec import ImageLimits

from .decoding import (
    BROKEN,
    MAX_PIXELS,
    DamagedImage,
    TooManyPixels,
    UnknownFormat,
    format_of,
    load_image,
    open_image,
)
from .wording import size_text

Format = Literal["PNG", "JPEG", "WEBP"]

EXTENSIONS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation."""


class BadImage(ValueError):
    """The upload is refused; the text is a sentence for the member."""


@dataclass(frozen=True, slots=True)
class CheckedImage:
    """A still image without metadata, upright; `sha256` is that of `data`, in hex."""

    data: bytes = field(repr=False)
    format: Format
    width: int
    height: int
    sha256: str

    @property
    def extension(self) -> str:
        return EXTENSIONS[self.format]

    @property
    def mime(self) -> str:
        return f"image/{self.format.lower()}"


def read_image(
    file: BinaryIO, limits: ImageLimits, *, max_pixels: int = MAX_PIXELS
) -> CheckedImage:
    """Decode `file` and return its clean copy; the declared name and type are not looked at.

    Raises BadImage with the actual and the allowed value.
    """
    data = _bytes(file, limits.max_bytes)
    with _opened(data, limits.formats, max_pixels) as image:
        kind = cast(Format, format_of(image))
        if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
            raise BadImage("This image is animated; a still image is needed.")
        upright = _upright(_loaded(image))
        check_shape(upright.width, upright.height, limits)
        clean = _encode(upright, kind, _lossless(data), limits.max_bytes)
    return CheckedImage(
        clean, kind, upright.width, upright.height, hashlib.sha256(clean).hexdigest()
    )


def _bytes(file: BinaryIO, max_bytes: int) -> bytes:
    size = file.seek(0, SEEK_END)
    if size == 0:
        raise BadImage("This file is empty.")
    if size > max_bytes:
        raise BadImage(
            f"This image has {size_text(size)}; at most {size_text(max_bytes)} are allowed."
        )
    file.seek(0)
    return file.read()


def _opened(data: bytes, formats: Sequence[str], max_pixels: int) -> Image.Image:
    try:
        return open_image(BytesIO(data), formats, max_pixels)
    except UnknownFormat:
        raise BadImage(f"This file is not a {_listed(formats)} image.") from None
    except DamagedImage:
        raise BadImage("This image is damaged and cannot be read.") from None
    except TooManyPixels as error:
        raise BadImage(_too_many(error.size, max_pixels)) from None


def _listed(formats: Sequence[str]) -> str:
    return " or ".join(part for part in (", ".join(formats[:-1]), formats[-1]) if part)


def _too_many(size: tuple[int, int] | None, max_pixels: int) -> str:
    allowed = f"at most {max_pixels / 1_000_000:g} million pixels are allowed."
    if size is None:
        return f"This image has far too many pixels; {allowed}"
    millions = size[0] * size[1] / 1_000_000
    return f"This image is {size[0]} × {size[1]} pixels, {millions:.1f} million; {allowed}"


def _loaded(image: Image.Image) -> Image.Image:
    try:
        load_image(image)
    except DamagedImage:
        raise BadImage("This image is damaged or cut short and cannot be read.") from None
    return image


def _upright(image: Image.Image) -> Image.Image:
    """Turn the pixels as EXIF says and forget all metadata but colour."""
    try:
        turn = TURNS.get(image.getexif().get(ORIENTATION, 1))
    except BROKEN:
        turn = None  # broken EXIF, sound pixels: shown as they are stored
    image.info = {
        key: value for key, value in image.info.items() if key in ("icc_profile", "transparency")
    }
    if image.mode == "CMYK":
        image = image.convert("RGB")
        image.info.pop("icc_profile", None)  # it describes inks
    return image if turn is None else image.transpose(turn)


def check_shape(width: int, height: int, limits: ImageLimits) -> None:
    """Check an upright image's sides in pixels and their ratio; raises BadImage."""
    if min(width, height) < limits.min_side:
        raise BadImage(
            f"This image is {width} × {height} pixels; "
            f"at least {limits.min_side} × {limits.min_side} are needed."
        )
    if not limits.min_ratio <= width / height <= limits.max_ratio:
        raise BadImage(
            f"This image is {width} × {height} pixels, a ratio of {_ratio(width / height)}; "
            f"allowed is {_ratio(limits.min_ratio)} to {_ratio(limits.max_ratio)}."
        )


def _ratio(value: float) -> str:
    return f"{round(value, 3):g}:1" if value >= 1 else f"1:{round(1 / value, 3):g}"


def _lossless(data: bytes) -> bool:
    """Whether a WebP file stores its pixels losslessly: its image chunk is VP8L."""
    position = 12
    while position + 8 <= len(data):
        name = data[position : position + 4]
        if name in (b"VP8L", b"VP8 "):
            return name == b"VP8L"
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        position += 8 + length + length % 2
    return False


def _encode(image: Image.Image, kind: Format, lossless: bool, max_bytes: int) -> bytes:
    """The pixels written anew, which leaves metadata and anything appended behind."""
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
    raise BadImage(
        f"This image has {size_text(size)} once its metadata is removed; "
        f"at most {size_text(max_bytes)} are allowed."
    )


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
