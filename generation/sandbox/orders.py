"""What a result has to show: everything that decides the file, and nothing else."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from generation.catalog import effective, notes
from generation.catalog.spec import Category, ModelSpec

from .sizes import Size, image_size, ratio_of, video_size

RECOMMENDED = "Recommended prompt"
LONGEST_TEXT = 400


@dataclass(frozen=True, slots=True)
class Picture:
    """One input: the name of its kept copy, its width by height, and its subject's handle."""

    name: str
    ratio: float
    handle: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One result to make. `seconds` is 0 for a still image; `corner` is where a watermark goes.

    Equal orders have the same file name, so that nothing is made twice.
    """

    size: Size
    seconds: int
    audio: bool
    tiled: bool
    text: str = ""
    corner: int | None = None
    pictures: tuple[Picture, ...] = ()

    @property
    def file_name(self) -> str:
        digest = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()
        return f"{digest[:32]}.{'mp4' if self.seconds else 'jpg'}"

    def plain(self) -> "Order":
        """The same kind of file without the member's own input: one serves many tasks."""
        return Order(self.size, self.seconds, self.audio, self.tiled)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Order":
        pictures = tuple(Picture(**picture) for picture in data["pictures"])
        return cls(**{**data, "size": tuple(data["size"]), "pictures": pictures})


def order_for(spec: ModelSpec, params: dict[str, Any], pictures: tuple[Picture, ...]) -> Order:
    complete, unused = effective(spec, params), notes(spec, params)
    still = spec.category is Category.REFERENCE2IMAGE
    ratio = _ratio(spec, complete, pictures)
    text = RECOMMENDED if complete.get("is_rec") is True else str(complete.get("prompt") or "")
    music = complete.get("bgm") is True and "bgm" not in unused
    return Order(
        size=image_size(ratio) if still else video_size(str(complete.get("resolution")), ratio),
        seconds=0 if still else int(complete.get("duration") or 5),
        audio=not still and (music or complete.get("audio") is True),
        tiled=spec.category is not Category.IMG2VIDEO,
        text=text[:LONGEST_TEXT],
        corner=int(complete["wm_position"]) if complete.get("watermark") is True else None,
        pictures=pictures,
    )


def _ratio(spec: ModelSpec, complete: dict[str, Any], pictures: tuple[Picture, ...]) -> float:
    asked = ratio_of(str(complete.get("aspect_ratio", ""))) if spec.has("aspect_ratio") else None
    if asked is not None:
        return asked
    return pictures[0].ratio if pictures else 16 / 9
