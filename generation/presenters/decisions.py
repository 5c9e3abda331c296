"""What a task's own page lets a person decide about it."""

from generation.models import Task, User
from generation.people import access


def decisions(task: Task, user: User) -> dict[str, bool]:
    over = not task.is_running and task.state != Task.State.UNCERTAIN
    return {
        "can_repeat": over and task.spec is not None and access.may_repeat(user, task),
        "can_cancel": access.may_cancel(user, task),
        "can_trash": over and not task.trashed_at and access.may_decide(user, task),
        "can_release": access.may_release(user, task),
        "can_resolve": access.may_resolve(user, task),
    }
