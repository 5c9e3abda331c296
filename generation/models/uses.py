"""Where an image is used: who sees it because of that, and which ones nothing uses."""

from django.db.models import Exists, OuterRef, Q

from .draft import Draft
from .image import Image, ImageQuerySet
from .subject import Subject, SubjectImage, SubjectQuerySet
from .subject_history import (
    SubjectProposal,
    SubjectProposalImage,
    SubjectVersion,
    SubjectVersionImage,
    SubjectVersionQuerySet,
)
from .task import Task, TaskQuerySet
from .task_input import TaskImage
from .user import User


def images_visible_to(user: User) -> ImageQuerySet:
    """Own uploads, and what went into an own or a team's task or subject."""
    versions = SubjectVersion.objects.visible_to(user)
    return _of(user, Task.objects.visible_to(user), Subject.objects.visible_to(user), versions)


def images_reachable_by(user: User) -> ImageQuerySet:
    """What `user` may open or use: as above, and what went into any for admins (audited)."""
    versions = SubjectVersion.objects.reachable_by(user)
    return _of(user, Task.objects.reachable_by(user), Subject.objects.reachable_by(user), versions)


def _of(
    user: User,
    tasks: TaskQuerySet,
    subjects: SubjectQuerySet,
    versions: SubjectVersionQuerySet,
) -> ImageQuerySet:
    proposals = SubjectProposal.objects.answerable_by(user)
    found = Q(owner=user)
    for users in (tasks, subjects, versions, proposals):
        found |= Q(Exists(users.filter(images__image=OuterRef("pk"))))
    return Image.objects.filter(found)


def unused_images() -> ImageQuerySet:
    """What no task and no subject has, now or in an earlier version."""
    users = (TaskImage, SubjectImage, SubjectVersionImage, SubjectProposalImage)
    return Image.objects.filter(
        *(~Exists(model.objects.filter(image=OuterRef("pk"))) for model in users)
    )


def removable_images() -> ImageQuerySet:
    """Those of them that no draft shows either: they still count, but are not taken away."""
    drafts = Draft.images.through.objects.filter(image=OuterRef("pk"))
    return unused_images().filter(~Exists(drafts))
