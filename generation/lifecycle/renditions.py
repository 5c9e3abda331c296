"""The pictures of a result in the storage."""

from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from generation.media.inspect import OutputFacts
from generation.models.output import POSTERS

ENDS = {"poster_small": "-320", "poster": "-poster", "poster_large": "-1280"}


def store(stem: str, facts: OutputFacts, has_poster: bool = False) -> dict[str, Any]:
    """Writes them; what the row says of them, by the names of its fields.

    With `has_poster` the row keeps the one that it names already.
    """
    said: dict[str, Any] = {"poster_bytes": sum(len(one.data) for one in facts.renditions)}
    for one in facts.renditions:
        field = POSTERS[one.side]
        if has_poster and field == "poster":
            continue
        name = f"{stem}{ENDS[field]}.{facts.poster_extension}"
        said[field] = default_storage.save(name, ContentFile(one.data))
    return said
