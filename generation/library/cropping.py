"""Another cut of a kept image, upright or turned; the original stays as it is."""

from dataclasses import dataclass
from io import BytesIO
from math import floor
from typing import Any, BinaryIO, cast

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Picture

from generation.catalog import ImageLimits
from generation.library.uploads import keep_image
from generation.media.decoding import open_image
from generation.media.images import BadImage
from generation.media.reducing import decoding_turn
from generation.models import Image, User

TURNS = {
    0: None,
    90: Picture.Transpose.ROTATE_270,
    180: Picture.Transpose.ROTATE_180,
    270: Picture.Transpose.ROTATE_90,
}
"""Degrees clockwise; Pillow turns the other way."""

AS_FINE: dict[str, dict[str, Any]] = {
    "PNG": {"compress_level": 3},
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"quality": 95, "method": 2},
}
LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of the turned picture: its left and upper edge and its sides, as shares of the whole."""

    turn: int = 0
    x: float = 0
    y: float = 0
    width: float = 1
    height: float = 1

    @classmethod
    def parse(cls, turn: str, box: str) -> "Cut":
        """From the words of a form. Raises BadImage."""
        try:
            degrees = int(turn or 0)
            sides = [float(part) for part in box.split(",")] if box else [0, 0, 1, 1]
            x, y, width, height = sides
        except ValueError:
            raise BadImage("That is no part of a picture.") from None
        inside = x >= 0 and y >= 0 and x + width <= 1 + LEAST and y + height <= 1 + LEAST
        if degrees not in TURNS or not inside or not (width > 0 and height > 0):
            raise BadImage("That is no part of a picture.")
        return cls(degrees, x, y, width, height)

    @property
    def is_part(self) -> bool:
        return (self.width, self.height) != (1, 1)

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        left = min(width - 1, round(self.x * width))
        upper = min(height - 1, round(self.y * height))
        right = min(width, left + max(1, round(self.width * width)))
        lower = min(height, upper + max(1, round(self.height * height)))
        return left, upper, right, lower

    def within(self, width: int, height: int, limits: ImageLimits) -> tuple[int, int, int, int]:
        """The same, without the one pixel by which rounding went beyond the ratio's limits."""
        left, upper, right, lower = self.pixels(width, height)
        widest = floor((lower - upper) * limits.max_ratio)
        if right - left == widest + 1:
            right -= 1
        if lower - upper == floor((right - left) / limits.min_ratio) + 1:
            lower -= 1
        return left, upper, right, lower


def cropped(image: Image, cut: Cut, user: User, limits: ImageLimits) -> Image:
    """That part as an image of `user`, checked like an upload. Raises BadImage."""
    content = BytesIO()
    try:
        with (
            decoding_turn(),
            image.file.open("rb") as file,
            open_image(cast(BinaryIO, file)) as picture,
        ):
            kind = str(picture.format)
            turn = TURNS[cut.turn]
            upright = picture.transpose(turn) if turn is not None else picture
            part = upright.crop(cut.within(upright.width, upright.height, limits))
            part.save(content, kind, **AS_FINE[kind])
    except OSError as error:
        raise BadImage("This image cannot be read any more. Choose it again.") from error
    name = image.name_for(user) or "image"
    # What is only turned may have to be cropped still.
    limits = limits if cut.is_part else limits.at_any_ratio
    return keep_image(SimpleUploadedFile(name, content.getvalue()), user, limits)
