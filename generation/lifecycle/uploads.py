"""Keeping checked uploads."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile

from generation.catalog import ImageLimits
from generation.media.images import read_image
from generation.media.thumbnails import CARD, thumbnail
from generation.models import Image, User


def keep_image(file: UploadedFile, owner: User, limits: ImageLimits) -> Image:
    """The cleaned image as a row of `owner`, the same row for the same content.

    Raises BadImage with a sentence for the member.
    """
    checked = read_image(file, limits)  # type: ignore[arg-type]
    kept = Image.objects.filter(owner=owner, sha256=checked.sha256).first()
    if kept is not None:
        return kept
    folder = f"images/{checked.sha256[:2]}/{checked.sha256}"
    image, _ = Image.objects.get_or_create(
        owner=owner,
        sha256=checked.sha256,
        defaults={
            "name": (file.name or "")[:200],
            "format": checked.format,
            "mime": checked.mime,
            "width": checked.width,
            "height": checked.height,
            "bytes": len(checked.data),
            "file": _save(f"{folder}.{checked.extension}", checked.data),
            "thumbnail": _save(f"{folder}-thumbnail.webp", thumbnail(checked.data, CARD)),
        },
    )
    return image


def _save(name: str, data: bytes) -> str:
    """One file a content: whoever uploaded it first has written the same bytes."""
    if default_storage.exists(name) and default_storage.size(name) == len(data):
        return name
    return default_storage.save(name, ContentFile(data))
