"""Uploads and subjects on their way into a task."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile

from generation.catalog import HANDLE, ImageLimits, Parameter
from generation.library.uploads import keep_image
from generation.lifecycle.enqueue import SubjectInput
from generation.media.images import BadImage, check_shape
from generation.models import Image, User
from generation.people.access import get_images, subjects_meant

from .fields import echo


def keep_uploads(
    files: Iterable[UploadedFile], user: User, parameter: Parameter
) -> tuple[list[Image], list[str]]:
    """The good files as kept images, and a sentence for each bad one that names its file."""
    images, problems = [], []
    for file in files:
        try:
            images.append(keep_image(file, user, parameter.images or ImageLimits()))
        except BadImage as bad:
            problems.append(f"{echo(str(file.name))}: {bad}")
    return images, problems


def chosen_images(user: User, texts: Sequence[str]) -> tuple[list[Image], list[str]]:
    """The images of these ids, in their order, and what is wrong with the ids."""
    wanted = {}
    for text in texts:
        with suppress(ValueError):
            wanted[text] = UUID(text)
    found = get_images(user, set(wanted.values()))
    problems = []
    if len(set(texts)) < len(texts):
        problems.append("An image is chosen twice. Choose it once.")
    if len(found) < len(set(texts)):
        problems.append("An image is no longer there for you. Choose it again.")
    return [found[pk] for pk in dict.fromkeys(wanted.values()) if pk in found], problems


def shape_problems(images: Iterable[Image], user: User, parameter: Parameter) -> list[str]:
    """Images kept for another model may be too small or too long for this one."""
    problems = []
    for number, image in enumerate(images, start=1):
        try:
            check_shape(image.width, image.height, parameter.images or ImageLimits())
        except BadImage as bad:
            problems.append(f"{image.name_for(user) or f'Image {number}'}: {bad}")
    return problems


def picked_subjects(user: User, handles: Sequence[str]) -> list[SubjectInput]:
    """The named subjects as they are now, in the order of picking; unknown ones are missing.

    An own subject goes before the team's of the same handle.
    """
    found = subjects_meant(user, [handle for handle in handles if HANDLE.fullmatch(handle)])
    return [
        SubjectInput(
            handle=subject.handle,
            title=subject.title,
            voice_id=subject.voice_id,
            images=[entry.image for entry in subject.images.all() if entry.image],
            subject=subject,
            urls=[entry.url for entry in subject.images.all() if not entry.image],
        )
        for subject in (found[handle] for handle in handles if handle in found)
    ]
