"""Where an image is used: who sees it because of that, and which ones nothing uses."""

from django.db.models import Exists, OuterRef, Q

from .image import Image, ImageQuerySet
from .subject import Subject, SubjectImage, SubjectQuerySet
from .task import Task, TaskImage, TaskQuerySet
from .user import User


def images_visible_to(user: User) -> ImageQuerySet:
    """Own uploads, and what went into an own or a team's task or subject."""
    return _of(user, Task.objects.visible_to(user), Subject.objects.visible_to(user))


def images_reachable_by(user: User) -> ImageQuerySet:
    """What `user` may open or use: as above, and what went into any for admins (audited)."""
    return _of(user, Task.objects.reachable_by(user), Subject.objects.reachable_by(user))


def _of(user: User, tasks: TaskQuerySet, subjects: SubjectQuerySet) -> ImageQuerySet:
    in_task = tasks.filter(images__image=OuterRef("pk"))
    in_subject = subjects.filter(images__image=OuterRef("pk"))
    return Image.objects.filter(Q(owner=user) | Exists(in_task) | Exists(in_subject))


def unused_images() -> ImageQuerySet:
    """What no task and no subject has."""
    return Image.objects.filter(
        ~Exists(TaskImage.objects.filter(image=OuterRef("pk"))),
        ~Exists(SubjectImage.objects.filter(image=OuterRef("pk"))),
    )
