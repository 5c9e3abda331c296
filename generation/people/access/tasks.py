"""Tasks and their results."""

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from generation.models import Output, Task, User
from generation.models.task import TaskQuerySet

from .owning import is_admin, is_own


def get_task(user: User, pk: UUID, tasks: TaskQuerySet | None = None) -> Task:
    """One that `user` may open, out of `tasks` if given: they may load more with it."""
    found = Task.objects.all() if tasks is None else tasks
    return get_object_or_404(found.reachable_by(user), pk=pk)


def find_task(user: User, pk: UUID) -> Task | None:
    """`get_task` where it may be missing: a form filled from a task outlives the right to see it."""
    return Task.objects.reachable_by(user).filter(pk=pk).first()


def get_task_to_like(user: User, pk: UUID) -> Task:
    """One of the gallery: what admins may open besides is no favourite of theirs."""
    return get_object_or_404(Task.objects.visible_to(user), pk=pk)


def get_task_to_decide(user: User, pk: UUID) -> Task:
    found = get_task(user, pk)
    if not may_decide(user, found):
        raise Http404
    return found


def may_decide(user: User, task: Task) -> bool:
    return is_own(user, task) or is_admin(user)


def may_cancel(user: User, task: Task) -> bool:
    return may_decide(user, task) and task.state == Task.State.QUEUED


def may_resolve(user: User, task: Task) -> bool:
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
    stored = Output.objects.reachable_by(user).filter(state=Output.State.STORED)
    return get_object_or_404(stored.select_related("task__owner"), pk=pk)
