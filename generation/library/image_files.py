"""The files of uploads in the storage: one a content, however many rows have it."""

from contextlib import suppress

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from generation.media.stored import is_stored
from generation.models import Image


def ensure(image: Image, data: bytes, thumbnail: bytes) -> None:
    """Writes what the storage does not have, or has only in part.

    Whoever uploaded the same content first has written the same bytes. Raises OSError, and then
    leaves nothing half written.
    """
    for name, content in ((str(image.file), data), (str(image.thumbnail), thumbnail)):
        if not is_stored(name, len(content) if content is data else None):
            _write(name, content)


def _write(name: str, content: bytes) -> None:
    try:
        default_storage.save(name, ContentFile(content))
    except OSError:
        # A full disk takes the name without the content.
        with suppress(OSError):
            default_storage.delete(name)
        raise


def drop(image: Image) -> None:
    """Removes the files of a row that is gone, unless another row has them."""
    for field in ("file", "thumbnail"):
        name = str(getattr(image, field))
        rows = Image.objects.filter(sha256=image.sha256, **{field: name})
        if rows.exists():
            continue
        try:
            with default_storage.open(name, "rb") as file:
                content = file.read()
            default_storage.delete(name)
        except OSError:
            continue
        # Someone uploaded the same in this moment, and saw the file before it went.
        if rows.exists() and not is_stored(name):
            default_storage.save(name, ContentFile(content))
