"""Uploads and subjects on their way into a task."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db.models import prefetch_related_objects

from generation.catalog import HANDLE, ImageLimits, Parameter, is_address
from generation.library.uploads import keep_image
from generation.lifecycle.enqueue import Input, SubjectInput
from generation.media.images import BadImage, check_shape
from generation.models import Image, Subject, SubjectVersion, User
from generation.people.access import get_images, subjects_meant

from .fields import echo


def keep_uploads(
    files: Iterable[UploadedFile], user: User, parameter: Parameter
) -> tuple[list[Image], list[str]]:
    """The good files as kept images, and a sentence for each bad one that names its file.

    Those whose ratio is not taken are kept too, to be cropped: `shape_problems` speaks of them.
    """
    images, problems = [], []
    limits = (parameter.images or ImageLimits()).at_any_ratio
    for file in files:
        try:
            images.append(keep_image(file, user, limits))
        except BadImage as bad:
            problems.append(f"{echo(str(file.name))}: {bad}")
    return images, problems


def chosen_inputs(user: User, texts: Sequence[str]) -> tuple[list[Input], list[str]]:
    """Uploads by their ids and addresses as they are, in the order in which they were arranged."""
    ids = [text for text in texts if text and not is_address(text)]
    wanted = {}
    for text in ids:
        with suppress(ValueError):
            wanted[text] = UUID(text)
    found = get_images(user, set(wanted.values()))
    problems = []
    if len(set(ids)) < len(ids):
        problems.append("An image is chosen twice. Choose it once.")
    if len(found) < len(set(ids)):
        problems.append("An image is no longer there for you. Choose it again.")
    inputs = []
    for text in texts:
        if is_address(text):
            inputs.append(Input(url=text))
        elif text in wanted and (image := found.pop(wanted[text], None)):
            inputs.append(Input(image=image))
    return inputs, problems


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
    versions = SubjectVersion.objects.current_of(found.values())
    older = [subject for subject in found.values() if subject.pk not in versions]
    prefetch_related_objects(older, "images__image")
    return [
        subject_input(subject, versions.get(subject.pk))
        for subject in (found[handle] for handle in handles if handle in found)
    ]


def subject_input(subject: Subject, version: SubjectVersion | None) -> SubjectInput:
    """From the version where there is one: it never changes, so words and pictures belong together."""
    said = version or subject
    placed: list[Any] = list(said.images.all())
    return SubjectInput(
        handle=subject.handle,
        title=said.title,
        voice_id=said.voice_id,
        images=[entry.image or entry.url for entry in placed],
        subject=subject,
        version=version,
    )
