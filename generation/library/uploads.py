"""Keeping checked uploads, and making room again from those that nothing uses."""

import errno
import logging
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from generation.catalog import ImageLimits
from generation.library.image_files import drop, ensure
from generation.media.images import BadImage, CheckedImage, read_image
from generation.media.wording import size_text
from generation.models import Image, User, removable_images, unused_images

logger = logging.getLogger(__name__)

UNUSED_FOR = timedelta(days=7)
"""After this time an upload that no task, no subject and no draft uses is removed."""

SPARED_FOR = timedelta(days=1)
"""An unused upload of so long ago makes room when its owner needs some; a form may hold it."""

SWEEP_EVERY = 3600
SWEPT_AT_ONCE = 200


class NotStored(BadImage):
    """The storage does not take it."""


class NoRoom(BadImage):
    """The member's unused uploads fill what is allowed."""


def keep_image(file: UploadedFile, owner: User, limits: ImageLimits) -> Image:
    """The cleaned image as a row of `owner`, the same row for the same content.

    A file that the storage has lost is written again. Raises BadImage with a sentence for the
    member.
    """
    checked = read_image(file, limits)  # type: ignore[arg-type]
    try:
        return _kept(checked, owner, (file.name or "")[:200])
    except OSError as error:
        logger.error("an upload could not be stored: %s", error)
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "the server's disk is full" if full else "the server cannot write its files"
        raise NotStored(f"not stored, {why}. Tell an admin, and try again later.") from error


def _kept(checked: CheckedImage, owner: User, name: str) -> Image:
    mine = Image.objects.filter(owner=owner, sha256=checked.sha256)
    # Nobody removes what was uploaded just now; it may have been old before.
    mine.update(uploaded_at=timezone.now())
    kept = mine.first() or _keep(checked, owner, name)
    # After the row is there: whoever removed the last one of this content may just have
    # removed the file that we found.
    ensure(kept, checked.data, checked.thumbnail)
    return kept


def _keep(checked: CheckedImage, owner: User, name: str) -> Image:
    folder = f"images/{checked.sha256[:2]}/{checked.sha256}"
    image = Image(
        owner=owner,
        sha256=checked.sha256,
        name=name,
        note=checked.note,
        format=checked.format,
        mime=checked.mime,
        width=checked.width,
        height=checked.height,
        bytes=len(checked.data),
        file=f"{folder}.{checked.extension}",
        thumbnail=f"{folder}-thumbnail.webp",
    )
    # Before the row: a crash in between leaves a file too many, never one too few.
    ensure(image, checked.data, checked.thumbnail)
    _make_room(owner, image.bytes)
    try:
        with transaction.atomic():
            # Uploads side by side are counted one after the other.
            User.objects.select_for_update().get(pk=owner.pk)
            _require_room(owner, image.bytes)
            fields = {f.name: getattr(image, f.name) for f in Image._meta.fields}
            kept, _ = Image.objects.get_or_create(owner=owner, sha256=image.sha256, defaults=fields)
    except NoRoom:
        drop(image)
        raise
    return kept


def _require_room(owner: User, size: int) -> None:
    """Raises NoRoom when the owner's unused uploads and `size` more bytes are too much."""
    allowed = settings.UNUSED_UPLOADS_MB * 1024 * 1024
    if allowed and (used := unused_images().weight(owner)) + size > allowed:
        raise NoRoom(
            f"There is no room for it: your uploads that no task and no subject uses have "
            f"{size_text(used)}, and {size_text(allowed)} are allowed. Use some of them, or "
            f"take them out of your forms and wait: they are removed by and by, the first a day "
            f"after it was uploaded."
        )


def _make_room(owner: User, size: int) -> None:
    allowed = settings.UNUSED_UPLOADS_MB * 1024 * 1024
    old = removable_images().filter(owner=owner, uploaded_at__lt=timezone.now() - SPARED_FOR)
    for image in old.order_by("uploaded_at")[:SWEPT_AT_ONCE]:
        if not allowed or unused_images().weight(owner) + size <= allowed:
            return
        forget(image)


def sweep_uploads() -> None:
    """Removes, once an hour, what nobody has used for long."""
    if not cache.add("uploads-swept", True, SWEEP_EVERY):
        return
    old = removable_images().filter(uploaded_at__lt=timezone.now() - UNUSED_FOR)
    for image in old.order_by("uploaded_at")[:SWEPT_AT_ONCE]:
        forget(image)


def forget(image: Image) -> None:
    """Removes an upload that is still unused, and its files when no other row has them.

    One that was uploaded again since `image` was read stays.
    """
    same = Q(pk=image.pk, uploaded_at=image.uploaded_at)
    with transaction.atomic():
        # A task that is just taking it holds the row; then it is used when we have it.
        held = Image.objects.filter(same).select_for_update().exists()
        if not held or not removable_images().filter(same).delete()[0]:
            return
    drop(image)
