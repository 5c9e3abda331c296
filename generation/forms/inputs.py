"""Uploads and subjects on their way into a task."""

from collections.abc import Iterable, Sequence

from django.core.files.uploadedfile import UploadedFile

from generation.catalog import ImageLimits, Parameter
from generation.lifecycle.submit import SubjectInput
from generation.lifecycle.uploads import keep_image
from generation.media.images import BadImage, check_shape
from generation.models import Image, Subject, User


def keep_uploads(
    files: Iterable[UploadedFile], user: User, parameter: Parameter
) -> tuple[list[Image], list[str]]:
    """The good files as kept images, and a sentence for each bad one that names its file."""
    images, problems = [], []
    for file in files:
        try:
            images.append(keep_image(file, user, parameter.images or ImageLimits()))
        except BadImage as bad:
            problems.append(f"{file.name}: {bad}")
    return images, problems


def shape_problems(images: Iterable[Image], parameter: Parameter) -> list[str]:
    """Images kept for another model may be too small or too long for this one."""
    problems = []
    for image in images:
        try:
            check_shape(image.width, image.height, parameter.images or ImageLimits())
        except BadImage as bad:
            problems.append(f"{image}: {bad}")
    return problems


def picked_subjects(user: User, handles: Sequence[str]) -> list[SubjectInput]:
    """The named subjects as they are now, in the order of picking; unknown ones are missing."""
    found = {
        subject.handle: subject
        for subject in Subject.objects.visible_to(user)
        .current()
        .filter(handle__in=handles)
        .prefetch_related("images__image")
    }
    return [
        SubjectInput(
            handle=subject.handle,
            title=subject.title,
            voice_id=subject.voice_id,
            images=[entry.image for entry in subject.images.all()],
            subject=subject,
        )
        for subject in (found[handle] for handle in handles if handle in found)
    ]
