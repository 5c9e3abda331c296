"""The picture of a member: checked like any image, and kept as one small square."""

import hashlib
from typing import BinaryIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from generation.catalog import ImageLimits
from generation.media.images import read_image
from generation.media.stored import is_stored
from generation.media.thumbnails import square
from generation.models import User

LIMITS = ImageLimits(min_side=64)
SIDE = 192
"""Pixels: 64 on the densest screens."""


def read_portrait(file: BinaryIO) -> bytes:
    """The square as WebP. Raises BadImage with a sentence."""
    return square(read_image(file, LIMITS).data, SIDE)


def keep_portrait(member: User, portrait: bytes) -> None:
    """Instead of the one before. Raises OSError."""
    digest = hashlib.sha256(portrait).hexdigest()[:16]
    name = f"people/{member.public_id.hex}-{digest}.webp"
    # Before the row: a crash in between leaves a file too many, never one too few.
    if not is_stored(name, len(portrait)):
        default_storage.save(name, ContentFile(portrait))
    _replace(member, name)


def remove_portrait(member: User) -> None:
    _replace(member, "")


def _replace(member: User, name: str) -> None:
    with transaction.atomic():
        before = str(User.objects.select_for_update(no_key=True).get(pk=member.pk).picture)
        User.objects.filter(pk=member.pk).update(picture=name)
        if before and before != name:
            transaction.on_commit(lambda: default_storage.delete(before))
    member.picture = name
