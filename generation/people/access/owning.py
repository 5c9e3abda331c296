"""Whose a thing is, and who runs the place."""

from typing import Any
from uuid import UUID

from django.http import Http404

from generation.models import (
    ApiKey,
    Collection,
    Image,
    Output,
    Preset,
    SavedSearch,
    Snippet,
    Subject,
    Task,
    TaskEvent,
    User,
    Visibility,
    images_visible_to,
)

Private = Task | Output | TaskEvent | Subject | Image | ApiKey
"""What may belong to one member alone."""


def is_own(
    user: User,
    thing: Task | Subject | Image | ApiKey | Preset | SavedSearch | Snippet | Collection,
) -> bool:
    return thing.owner_id == user.pk


def seen_params(user: User, task: Task) -> dict[str, Any]:
    """What was asked for, without the callback address of somebody else: it is a door of theirs."""
    params = task.whole_params()
    if not is_own(user, task):
        params.pop("callback_url", None)
    return params


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


def is_admin(user: User) -> bool:
    """Runs the place: the engine, what is held, the team's keys, questions of the support."""
    return user.is_staff


def require_admin(user: User) -> None:
    """Raises Http404 for everyone else, to whom the page does not exist."""
    if not is_admin(user):
        raise Http404


def uuid_of(text: str) -> UUID:
    """404 for what is no id."""
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
