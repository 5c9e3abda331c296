"""Reads a create's images: decoded and checked as the gateway does, never fetched."""

import base64
import binascii
import hashlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generation.catalog.spec import ImageLimits, ModelSpec

from .files import write_whole
from .orders import Picture
from .refusals import wrong_parameter

DATA_URI = re.compile(r"data:image/(?:png|jpe?g|webp);base64,", re.IGNORECASE)
ADDRESS = re.compile(r"https?://[^\s/?#]+[^\s]*", re.IGNORECASE)
REMEMBERED = 1_000


class BadInput(ValueError):
    """An item of `images` is not an image; the text says why."""


class Inputs:
    """Keeps a reduced copy of every image in `directory`, under a name made from its content."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known: dict[tuple[str, ImageLimits], Picture] = {}

    def read(self, spec: ModelSpec, params: dict[str, Any]) -> tuple[Picture, ...]:
        """All images of `params` in order; Refusal names the parameter of a wrong one."""
        pictures = []
        for name, item, limits, handle in _items(spec, params):
            try:
                picture = self._picture(item, limits)
            except BadInput as error:
                raise wrong_parameter(spec, name, str(error)) from None
            pictures.append(Picture(picture.name, picture.ratio, handle))
        return tuple(pictures)

    def path(self, picture: Picture) -> Path:
        return self._directory / picture.name

    def _picture(self, item: object, limits: ImageLimits) -> Picture:
        if not isinstance(item, str):
            raise BadInput("Every image must be text: an address or a data URI.")
        # A test of many tasks sends one image many times; it is decoded once.
        known = (hashlib.sha256(item.encode(errors="replace")).hexdigest(), limits)
        if known not in self._known or not self.path(self._known[known]).exists():
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[known] = self._keep(f"{known[0][:32]}.jpg", item, limits)
        return self._known[known]

    def _keep(self, name: str, item: str, limits: ImageLimits) -> Picture:
        # Imported here: Pillow is the slowest part of the start, and nothing before needs it.
        from generation.media.images import BadImage, read_image

        from .pictures import placeholder, reduced

        if ADDRESS.fullmatch(item):
            write_whole(self._directory / name, placeholder(item))
            return Picture(name, 16 / 9)
        try:
            checked = read_image(io.BytesIO(_decoded(item)), limits)
        except BadImage as error:
            raise BadInput(str(error)) from None
        write_whole(self._directory / name, reduced(checked.data))
        return Picture(name, checked.width / checked.height)


def _items(
    spec: ModelSpec, params: dict[str, Any]
) -> Iterator[tuple[str, object, ImageLimits, str]]:
    """Every image with the parameter it stands in, that parameter's limits, and its subject."""
    for name in ("images", "subjects"):
        if not spec.has(name):
            continue
        limits = spec.parameter(name).images or ImageLimits()
        for item in params.get(name) or ():
            if name == "images":
                yield name, item, limits, ""
            else:
                for image in item["images"]:
                    yield name, image, limits, item["id"]


def _decoded(item: str) -> bytes:
    start = DATA_URI.match(item)
    if start is None:
        raise BadInput(
            "An image must be an http(s) address or start with data:image/png;base64, "
            "(or jpeg, webp)."
        )
    try:
        return base64.b64decode(item[start.end() :], validate=True)
    except (binascii.Error, ValueError):
        raise BadInput("An image's base64 text cannot be decoded.") from None
