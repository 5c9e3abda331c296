"""Images and subjects."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import get_object_or_404

from generation.models import (
    Image,
    Subject,
    SubjectImage,
    SubjectProposal,
    SubjectVersion,
    User,
    Visibility,
    images_reachable_by,
    meant,
)
from generation.models.subject import SubjectQuerySet
from generation.models.subject_history import SubjectVersionQuerySet

from .owning import is_admin, is_own, is_private_of_another


def get_image(user: User, pk: UUID) -> Image:
    return get_object_or_404(images_reachable_by(user), pk=pk)


def get_images(user: User, pks: Collection[UUID]) -> dict[UUID, Image]:
    return images_reachable_by(user).in_bulk(pks)


def get_subject(user: User, handle: str, owner: str = "") -> Subject:
    """The one that the handle means for `user`; with `owner`, that member's."""
    same = Subject.objects.reachable_by(user).current().for_pages().filter(handle=handle)
    if owner:
        same = same.filter(owner__username=owner)
    found = meant(same, user).get(handle)
    if found is None:
        raise Http404
    return found


def get_subject_to_edit(user: User, handle: str, owner: str = "") -> Subject:
    found = get_subject(user, handle, owner)
    if not may_edit(user, found):
        raise Http404
    return found


def may_edit(user: User, subject: Subject) -> bool:
    return is_own(user, subject) or is_admin(user)


def may_propose(user: User, subject: Subject) -> bool:
    return subject.visibility == Visibility.TEAM and not may_edit(user, subject)


def get_subject_to_propose(user: User, handle: str, owner: str = "") -> Subject:
    found = get_subject(user, handle, owner)
    if not may_propose(user, found):
        raise Http404
    return found


def get_archived_of_team(user: User, handle: str, owner: str = "") -> Subject:
    """One that the team knew by this handle, until it was archived."""
    gone = Subject.objects.visible_to(user).exclude(archived_at=None)
    gone = gone.filter(handle=handle, visibility=Visibility.TEAM).select_related("owner")
    if owner:
        gone = gone.filter(owner__username=owner)
    found = gone.order_by("-archived_at").first()
    if found is None:
        raise Http404
    return found


def get_proposal(user: User, pk: UUID) -> SubjectProposal:
    open_ones = SubjectProposal.objects.answerable_by(user).select_related("subject", "by")
    return get_object_or_404(open_ones, pk=pk)


def subject_versions(user: User, subject: Subject) -> SubjectVersionQuerySet:
    """Its history: without what its owner saved for themselves alone, but for who opens that."""
    known = SubjectVersion.objects.filter(subject=subject).select_related("by")
    if is_private_of_another(subject, user):
        return known.reachable_by(user)
    return known.visible_to(user)


def get_version(user: User, subject: Subject, number: int) -> SubjectVersion:
    return get_object_or_404(subject_versions(user, subject), number=number)


def subjects_with(user: User, image: Image) -> list[Subject]:
    """Those that `user` sees and that have the same picture, whoever uploaded it."""
    seen = Subject.objects.visible_to(user).current()
    same = SubjectImage.objects.filter(subject=OuterRef("pk"), image__sha256=image.sha256)
    return list(seen.filter(Exists(same)).order_by("handle")[:3])


def may_see_subject(user: User, subject: Subject) -> bool:
    return Subject.objects.visible_to(user).filter(pk=subject.pk).exists()


def archived_subjects(user: User) -> SubjectQuerySet:
    """What `user` may bring back: own ones and, for admins, the team's."""
    seen = Subject.objects.visible_to(user).exclude(archived_at=None).select_related("owner")
    return seen if is_admin(user) else seen.filter(owner=user)


def get_archived_subject(user: User, pk: UUID) -> Subject:
    return get_object_or_404(archived_subjects(user), pk=pk)


def subjects_meant(user: User, handles: Iterable[str]) -> dict[str, Subject]:
    found = Subject.objects.reachable_by(user).current().filter(handle__in=list(handles))
    return meant(found, user)
