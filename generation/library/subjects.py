"""The only code that writes subjects: each save is a version, and none is lost.

Who may ask for it is decided in generation.people.access, before.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from django.db import IntegrityError, transaction
from django.utils import timezone

from generation.lifecycle.enqueue import Input
from generation.models import (
    PlacedImage,
    Subject,
    SubjectImage,
    SubjectVersion,
    SubjectVersionImage,
    TaskSubject,
    User,
    Visibility,
)

from .handles import free_handle

FIRST = "First version"
TRIES = 4


@dataclass(frozen=True, slots=True)
class Content:
    """What one save says of a subject; already checked."""

    handle: str
    title: str
    notes: str
    voice_id: str
    visibility: str
    inputs: Sequence[Input]


class ChangedMeanwhile(Exception):
    """Somebody saved another version than the one that was to be changed."""

    def __init__(self, current: SubjectVersion) -> None:
        super().__init__(f"Changed meanwhile by {current.by.username}: {current.what}.")
        self.current = current


class HandleTaken(Exception):
    """Somebody took the handle a moment ago."""


class InUse(Exception):
    """Tasks refer to it: it can be archived, not deleted."""


def create(content: Content, owner: User, what: str = FIRST) -> Subject:
    """Raises HandleTaken."""
    with transaction.atomic():
        subject = Subject(owner=owner, version=1)
        _write(subject, content, owner, what)
    return subject


def save(subject: Subject, content: Content, by: User, *, based_on: int | None = None) -> Subject:
    """A new version; the subject as it is when nothing is different.

    Raises ChangedMeanwhile when the current version is not the one that `based_on` names, and
    HandleTaken. Without `based_on` nobody is asked.
    """
    with transaction.atomic():
        current = _locked(subject)
        latest = version_of(current)
        if based_on not in (None, latest.number):
            raise ChangedMeanwhile(latest)
        what = what_changed(content_of(latest), content)
        if what:
            current.version = latest.number + 1
            _write(current, content, by, what)
    return current


def restore_version(subject: Subject, version: SubjectVersion, by: User) -> Subject:
    """A new version with what an old one says; the handle and who sees it stay."""
    with transaction.atomic():
        current = _locked(subject)
        latest = version_of(current)
        old = content_of(version)
        content = replace(old, handle=current.handle, visibility=current.visibility)
        if what_changed(content_of(latest), content):
            current.version = latest.number + 1
            _write(current, content, by, f"Version {version.number} restored")
    return current


def archive(subject: Subject) -> None:
    Subject.objects.filter(pk=subject.pk).update(archived_at=timezone.now())


def bring_back(subject: Subject, handle: str, by: User) -> Subject:
    """Raises HandleTaken."""
    with transaction.atomic():
        current = _locked(subject)
        current.archived_at = None
        content = replace(content_of(version_of(current)), handle=handle)
        if handle == current.handle:
            _store(current)
        else:
            current.version += 1
            _write(current, content, by, "Handle")
    return current


def delete(subject: Subject) -> None:
    """For ever. Raises InUse once a task was made with it."""
    with transaction.atomic():
        current = _locked(subject)
        if is_used(current):
            raise InUse
        current.delete()


def is_used(subject: Subject) -> bool:
    return TaskSubject.objects.filter(subject=subject).exists()


def hand_over(subject: Subject, to: User, by: User) -> Subject:
    for _ in range(TRIES):
        # Somebody else may take the handle that was free a moment ago.
        with suppress(HandleTaken):
            return _hand_over(subject, to, by)
    return _hand_over(subject, to, by)


def _hand_over(subject: Subject, to: User, by: User) -> Subject:
    with transaction.atomic():
        current = _locked(subject)
        content = content_of(version_of(current))
        if current.archived_at is None:
            handle = free_handle(content.handle, content.visibility, to, but=current)
            content = replace(content, handle=handle)
        current.owner = to
        current.version += 1
        _write(current, content, by, f"Handed over to {to.username}")
    return current


def copy(subject: Subject, to: User) -> Subject:
    content = content_of(version_of(subject))
    private = Visibility.PRIVATE
    handle = free_handle(content.handle, private, to)
    mine = replace(content, handle=handle, visibility=private)
    return create(mine, to, f"Copied from @{subject.handle} of {subject.owner.username}")


def version_of(subject: Subject) -> SubjectVersion:
    """The current version; kept now if the subject is older than versions are."""
    found = subject.versions.select_related("by").filter(number=subject.version).first()
    return found or _keep(subject, subject.owner, FIRST)


def content_of(version: SubjectVersion) -> Content:
    return Content(
        handle=version.handle,
        title=version.title,
        notes=version.notes,
        voice_id=version.voice_id,
        visibility=version.visibility,
        inputs=inputs_of(version.images.select_related("image")),
    )


def inputs_of(placed: Iterable[PlacedImage]) -> list[Input]:
    return [Input(image=given.image, url=given.url) for given in placed]


def what_changed(before: Content, after: Content) -> str:
    words = []
    for name, label in _LABELS.items():
        if getattr(before, name) != getattr(after, name):
            words.append(label)
    old, new = [_key(i) for i in before.inputs], [_key(i) for i in after.inputs]
    if old != new:
        words.append(_pictures_changed(old, new))
    return ", ".join(words)[:200].capitalize() if words else ""


_LABELS = {
    "handle": "handle",
    "title": "title",
    "notes": "notes",
    "voice_id": "voice",
    "visibility": "who sees it",
}


def _key(given: Input) -> str:
    return str(given.image.pk) if given.image else given.url


def _pictures_changed(old: list[str], new: list[str]) -> str:
    added, removed = set(new) - set(old), set(old) - set(new)
    if not added and not removed:
        return "order of pictures"
    if added and not removed:
        return "picture added" if len(added) == 1 else f"{len(added)} pictures added"
    if removed and not added:
        return "picture removed" if len(removed) == 1 else f"{len(removed)} pictures removed"
    return "pictures changed"


def _locked(subject: Subject) -> Subject:
    """The row as it is now, and nobody else's until the transaction ends."""
    return Subject.objects.select_for_update().get(pk=subject.pk)


def _write(subject: Subject, content: Content, by: User, what: str) -> None:
    subject.handle, subject.title = content.handle, content.title
    subject.notes, subject.voice_id = content.notes, content.voice_id
    subject.visibility = content.visibility
    _store(subject)
    subject.images.all().delete()
    SubjectImage.objects.bulk_create(
        SubjectImage(subject=subject, image=given.image, url=given.url, position=position)
        for position, given in enumerate(content.inputs)
    )
    _keep(subject, by, what)


def _store(subject: Subject) -> None:
    try:
        with transaction.atomic():
            subject.save()
    except IntegrityError as error:
        raise HandleTaken from error


def _keep(subject: Subject, by: User, what: str) -> SubjectVersion:
    version = SubjectVersion.objects.create(
        subject=subject,
        number=subject.version,
        handle=subject.handle,
        title=subject.title,
        notes=subject.notes,
        voice_id=subject.voice_id,
        visibility=subject.visibility,
        by=by,
        what=what,
    )
    SubjectVersionImage.objects.bulk_create(
        SubjectVersionImage(
            version=version, image=given.image, url=given.url, position=given.position
        )
        for given in subject.images.all()
    )
    return version
