"""Images made for the tests."""

import random
import struct
from io import BytesIO

from PIL import Image


def encoded(image, kind="PNG", **options):
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def decoded(data):
    image = Image.open(BytesIO(data))
    image.load()
    return image


def noise(width, height, mode="RGB", seed=1):
    """A picture that no encoder makes small."""
    bands = len(mode)
    return Image.frombytes(
        mode, (width, height), random.Random(seed).randbytes(width * height * bands)
    )


def flat(width, height, colour=(200, 60, 40), mode="RGB"):
    return Image.new(mode, (width, height), colour)


def left_red_right_blue(width=200, height=160):
    image = Image.new("RGB", (width, height), (255, 0, 0))
    image.paste((0, 0, 255), (width // 2, 0, width, height))
    return image


def without_palette():
    """A PNG whose pixels are numbers of colours that it does not have."""
    data = encoded(flat(200, 150).convert("P"), "PNG")
    at = data.index(b"PLTE") - 4
    length = struct.unpack(">I", data[at : at + 4])[0]
    return data[:at] + data[at + 12 + length :]
