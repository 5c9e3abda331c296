"""Who may do what with which thing: every such question has its answer here, once.

`get_…` raise Http404 for what is not there and for what is not for `user`: both look the same.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from generation.models import (
    ApiKey,
    Image,
    Output,
    Subject,
    Task,
    TaskEvent,
    User,
    Visibility,
    images_reachable_by,
    images_visible_to,
    meant,
)
from generation.models.subject import SubjectQuerySet
from generation.models.task import TaskQuerySet

Private = Task | Output | TaskEvent | Subject | Image | ApiKey
"""What may belong to one member alone."""


def is_own(user: User, thing: Task | Subject | Image | ApiKey) -> bool:
    return thing.owner_id == user.pk


def is_private_of_another(thing: Private, user: User) -> bool:
    match thing:
        case Task() | Subject():
            return thing.visibility == Visibility.PRIVATE and not is_own(user, thing)
        case Output() | TaskEvent():
            return is_private_of_another(thing.task, user)
        case Image():
            return not images_visible_to(user).filter(pk=thing.pk).exists()
        case ApiKey():
            return thing.owner_id is not None and not is_own(user, thing)


# Admins


def is_admin(user: User) -> bool:
    """Runs the place: the engine, what is held, the team's keys, questions of the support."""
    return user.is_staff


def require_admin(user: User) -> None:
    """For everyone else there is nothing here."""
    if not is_admin(user):
        raise Http404


# Tasks and their results


def get_task(user: User, pk: UUID, tasks: TaskQuerySet | None = None) -> Task:
    """One that `user` may open, out of `tasks` if given: they may load more with it."""
    found = Task.objects.all() if tasks is None else tasks
    return get_object_or_404(found.reachable_by(user), pk=pk)


def get_task_to_decide(user: User, pk: UUID) -> Task:
    found = get_task(user, pk)
    if not may_decide(user, found):
        raise Http404
    return found


def may_decide(user: User, task: Task) -> bool:
    """What becomes of a task is for its owner and for admins."""
    return is_own(user, task) or is_admin(user)


def may_cancel(user: User, task: Task) -> bool:
    return may_decide(user, task) and task.state == Task.State.QUEUED


def may_resolve(user: User, task: Task) -> bool:
    """Say how an uncertain task ends."""
    return may_decide(user, task) and task.state == Task.State.UNCERTAIN


def may_release(user: User, task: Task) -> bool:
    return is_admin(user) and task.is_held


def may_repeat(user: User, task: Task) -> bool:
    """Whether `user` may have the task made again, in its owner's name and on its key.

    That spends the owner's money, so it is for the owner and for admins. Colleagues who see the
    task remix it: then it is theirs, and paid by a key of theirs.
    """
    return may_decide(user, task)


def get_output(user: User, pk: UUID) -> Output:
    """A stored one, with its task's owner."""
    stored = Output.objects.reachable_by(user).filter(state=Output.State.STORED)
    return get_object_or_404(stored.select_related("task__owner"), pk=pk)


# Images and subjects


def get_image(user: User, pk: UUID) -> Image:
    return get_object_or_404(images_reachable_by(user), pk=pk)


def get_images(user: User, pks: Collection[UUID]) -> dict[UUID, Image]:
    """Those of them that `user` may use."""
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


def archived_subjects(user: User) -> SubjectQuerySet:
    """What `user` may bring back: own ones and, for admins, the team's."""
    seen = Subject.objects.visible_to(user).exclude(archived_at=None).select_related("owner")
    return seen if is_admin(user) else seen.filter(owner=user)


def get_archived_subject(user: User, pk: UUID) -> Subject:
    return get_object_or_404(archived_subjects(user), pk=pk)


def subjects_meant(user: User, handles: Iterable[str]) -> dict[str, Subject]:
    """Which subject each handle means for `user`, of those that they may use."""
    found = Subject.objects.reachable_by(user).current().filter(handle__in=list(handles))
    return meant(found.prefetch_related("images__image"), user)


# Keys


def get_key(user: User, pk: UUID) -> ApiKey:
    """One that `user` may test, limit, switch off or delete."""
    return get_object_or_404(ApiKey.objects.manageable_by(user), pk=pk)


def may_add_team_keys(user: User) -> bool:
    return is_admin(user)
