"""What a list tells an admin of private tasks of others: nothing that they would have to open."""

from generation.models import Task, User
from generation.people.access import is_private_of_another


def said_to(user: User, task: Task) -> str:
    """Its prompt. Opening a private task is logged; a list is not the way around that."""
    if is_private_of_another(task, user):
        return f"A private task of {task.owner.username}"
    return task.prompt
