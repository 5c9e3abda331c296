"""A handful of real files that all made-up results share: they can be looked at, and cost no room."""

import hashlib
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from PIL import Image as Picture
from PIL import ImageDraw

from generation.catalog.spec import ImageLimits
from generation.library.uploads import keep_image
from generation.lifecycle.renditions import store
from generation.media.inspect import OutputFacts, inspect_output
from generation.media.sniffing import MediaKind
from generation.models import Image, User
from generation.sandbox.clips import write_clip

COLOURS = ("#35507a", "#7a4a35", "#3f6b4f", "#6b3f66")
SIZE = (1280, 720)
SECONDS = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """The fields of Output that say which file it is, and what it is like."""

    kind: str
    fields: dict[str, Any]


def make_samples() -> list[Sample]:
    with tempfile.TemporaryDirectory(prefix="viduweb-fake-") as name:
        return [
            _sample(Path(name), colour, kind) for colour in COLOURS for kind in ("video", "image")
        ]


def _sample(folder: Path, colour: str, kind: str) -> Sample:
    path = folder / f"{colour[1:]}-{kind}"
    if kind == "video":
        words = Picture.new("RGBA", SIZE)
        _write(words)
        write_clip(path, Picture.new("RGB", SIZE, colour), words, SECONDS, audio=False)
    else:
        _still(colour).save(path, "PNG")
    facts = inspect_output(path, cast(MediaKind, kind))
    stem = f"outputs/fake/{facts.sha256}"
    with path.open("rb") as stream:
        file = _keep(f"{stem}.{facts.extension}", File(stream))
    return Sample(kind, _fields(facts, stem) | {"file": file})


def _fields(facts: OutputFacts, stem: str) -> dict[str, Any]:
    return {
        **store(stem, facts),
        "mime": facts.mime,
        "width": facts.width,
        "height": facts.height,
        "duration": facts.duration,
        "bytes": facts.bytes,
        "sha256": facts.sha256,
    }


def _still(colour: str) -> Picture.Image:
    picture = Picture.new("RGB", SIZE, colour)
    _write(picture)
    return picture


def _write(picture: Picture.Image) -> None:
    ImageDraw.Draw(picture).text((80, 240), "FAKE", fill="#ffffff", font_size=200)


def _keep(name: str, content: File) -> str:
    return name if default_storage.exists(name) else default_storage.save(name, content)


def make_image(owner: User, limits: ImageLimits) -> Image:
    buffer = BytesIO()
    _still(COLOURS[0]).save(buffer, "PNG")
    name = hashlib.sha256(buffer.getvalue()).hexdigest()[:8]
    return keep_image(ContentFile(buffer.getvalue(), f"fake-{name}.png"), owner, limits)  # type: ignore[arg-type]
