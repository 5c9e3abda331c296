"""The words burnt into a result: who made it, from which prompt, and the watermark."""

import unicodedata

from PIL import Image, ImageDraw, ImageFont

from .sizes import Size

MADE_BY = "viduweb sandbox"
WATERMARK = "AI generated"
MAX_LINES = 3

WHITE = (255, 255, 255, 255)
GREY = (205, 210, 220, 255)
SHADE = (12, 14, 20, 176)

TOP_CORNERS = (1, 2)
RIGHT_CORNERS = (2, 3)
"""Corners by `wm_position`: 1 top left, 2 top right, 3 bottom right, 4 bottom left."""

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def overlay(size: Size, text: str, corner: int | None = None) -> Image.Image:
    layer = Image.new("RGBA", size, (0, 0, 0, 0))
    _caption(layer, text, at_top=corner is not None and corner not in TOP_CORNERS)
    if corner is not None:
        _watermark(layer, corner)
    return layer


def label(picture: Image.Image, text: str, *, centred: bool = False) -> None:
    """Write `text` on a shade along the lower edge of an RGB `picture`, or across its middle."""
    font = _font(max(min(picture.size) // 11, 10))
    pen = ImageDraw.Draw(picture, "RGBA")
    line = _lines(pen, text, font, picture.width * 0.92, 1)[0]
    height = round(_line_height(font) * 1.5)
    middle = picture.height / 2 if centred else picture.height - height / 2
    pen.rectangle((0, middle - height / 2, picture.width, middle + height / 2), fill=SHADE)
    pen.text((picture.width / 2, middle), line, font=font, fill=WHITE, anchor="mm")


def readable(text: str) -> str:
    """`text` in the letters that Pillow's built-in font has; a run of others becomes one "…"."""
    kept: list[str] = []
    for letter in unicodedata.normalize("NFKD", text):
        if " " <= letter <= "~":
            kept.append(letter)
        elif letter.isspace():
            kept.append(" ")
        elif not unicodedata.combining(letter) and kept[-1:] != ["…"]:
            kept.append("…")
    return " ".join("".join(kept).replace("…", "...").split())


def _caption(layer: Image.Image, text: str, *, at_top: bool) -> None:
    pen = ImageDraw.Draw(layer)
    unit = max(min(layer.size) // 22, 11)
    name, body = _font(unit), _font(round(unit * 0.85))
    lines = _lines(pen, text, body, layer.width - 2 * unit, MAX_LINES) if text else []
    step = round(_line_height(body) * 1.3)
    height = round(unit * 2.1) + step * len(lines)
    top = 0 if at_top else layer.height - height
    pen.rectangle((0, top, layer.width, top + height), fill=SHADE)
    pen.text((unit, top + unit * 0.6), MADE_BY, font=name, fill=WHITE)
    for number, line in enumerate(lines):
        pen.text((unit, top + unit * 1.9 + number * step), line, font=body, fill=GREY)


def _watermark(layer: Image.Image, corner: int) -> None:
    pen = ImageDraw.Draw(layer)
    unit = max(min(layer.size) // 26, 10)
    font = _font(unit)
    x = layer.width - unit if corner in RIGHT_CORNERS else unit
    y = unit if corner in TOP_CORNERS else layer.height - unit
    anchor = ("r" if corner in RIGHT_CORNERS else "l") + ("a" if corner in TOP_CORNERS else "d")
    left, top, right, bottom = pen.textbbox((x, y), WATERMARK, font=font, anchor=anchor)
    pad = unit // 3
    pen.rectangle((left - pad, top - pad, right + pad, bottom + pad), fill=SHADE)
    pen.text((x, y), WATERMARK, font=font, fill=WHITE, anchor=anchor)


def _lines(pen: ImageDraw.ImageDraw, text: str, font: Font, width: float, most: int) -> list[str]:
    lines = [""]
    for word in readable(text).split():
        longer = f"{lines[-1]} {word}".strip()
        if pen.textlength(longer, font=font) <= width or not lines[-1]:
            lines[-1] = longer
        elif len(lines) < most:
            lines.append(word)
        else:
            lines[-1] += " ..."
            break
    return [_shortened(pen, line, font, width) for line in lines]


def _shortened(pen: ImageDraw.ImageDraw, line: str, font: Font, width: float) -> str:
    if pen.textlength(line, font=font) <= width:
        return line
    line = line.removesuffix(" ...")
    while line and pen.textlength(line + "...", font=font) > width:
        line = line[: -max(len(line) // 12, 1)]
    return line + "..."


def _font(height: int) -> Font:
    return ImageFont.load_default(height)


def _line_height(font: Font) -> float:
    box = font.getbbox("Ágjy|")
    return float(box[3] - box[1])
