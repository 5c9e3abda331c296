"""Many tasks at once, and those in the trash."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from generation.models import BulkJob, Task, User
from generation.models.task import TaskQuerySet

from .owning import is_admin


def get_tasks(user: User, pks: Sequence[UUID]) -> list[Task]:
    """These of the gallery, in this order; 404 if one of them is not there for `user`."""
    return _all(Task.objects.each_visible_to(user).select_related("owner"), pks)


def get_tasks_to_compare(user: User, pks: Sequence[UUID], tasks: TaskQuerySet) -> list[Task]:
    """These of `tasks`, in this order; 404 if `user` may not open one of them."""
    return _all(tasks.reachable_by(user), pks)


def _all(tasks: TaskQuerySet, pks: Sequence[UUID]) -> list[Task]:
    found = tasks.in_bulk(pks)
    if len(found) < len(set(pks)):
        raise Http404
    return [found[pk] for pk in pks]


def still_seen(user: User, tasks: TaskQuerySet, pks: Sequence[UUID]) -> list[Task]:
    """Those of `tasks`, with their outputs, that are there for `user` by now; in the order of `pks`."""
    seen = tasks.each_visible_to(user).prefetch_related("outputs")
    found = {task.pk: task for task in seen}
    return [found[pk] for pk in pks if pk in found]


def get_bulk_job(user: User, pk: UUID) -> BulkJob:
    """One's own: what another does with theirs is nobody's business."""
    return get_object_or_404(BulkJob, pk=pk, by=user)


def decidable_tasks(user: User) -> TaskQuerySet:
    """All that `may_decide` says yes to."""
    return Task.objects.all() if is_admin(user) else Task.objects.filter(owner=user)


def get_trashed(user: User, pks: Collection[UUID]) -> TaskQuerySet:
    """These out of the trash; 404 if `user` may not decide about one of them, or it is not there."""
    found = decidable_tasks(user).in_trash().filter(pk__in=pks)
    if found.count() < len(pks):
        raise Http404
    return found
