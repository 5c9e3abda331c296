"""Share links: made, found by their token, and what they show."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.utils import timezone

from generation.models import Collection, Output, Share, Task, User
from generation.models.task import TaskQuerySet

from .collecting import shown

DAYS = (1, 7, 30, 90)
USUAL_DAYS = 7


@dataclass(frozen=True, slots=True)
class Wish:
    """What a link shall do; without a password whoever has it is let in."""

    days: int = USUAL_DAYS
    password: str = ""
    texts: bool = False
    names: bool = False
    comments: bool = False


def share(by: User, what: Task | Collection, wish: Wish) -> tuple[Share, str]:
    """The link's row and its token, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    made = Share.objects.create(
        made_by=by,
        task=what if isinstance(what, Task) else None,
        collection=what if isinstance(what, Collection) else None,
        token_hash=hash_of(token),
        password=make_password(wish.password) if wish.password else "",
        shows_texts=wish.texts,
        shows_names=wish.names,
        takes_comments=wish.comments,
        expires_at=timezone.now() + timedelta(days=wish.days),
    )
    return made, token


def find(token: str) -> Share | None:
    found = Share.objects.open().filter(token_hash=hash_of(token))
    return found.select_related("made_by", "collection").first()


def revoke(found: Share) -> bool:
    """Whether it has worked until now."""
    same = Share.objects.filter(pk=found.pk, revoked_at=None)
    return bool(same.update(revoked_at=timezone.now()))


def is_right(found: Share, password: str) -> bool:
    return check_password(password, found.password)


def key_of(found: Share) -> str:
    """What a browser keeps once the password was right: good for this link and password alone."""
    return hashlib.sha256(f"{found.pk} {found.password}".encode()).hexdigest()


def hash_of(token: str) -> str:
    """A plain hash is enough: nobody guesses 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def results(found: Share) -> list[Output]:
    """What guests see: as long as who made the link sees it too, and it is in no trash."""
    if found.collection is not None:
        tasks = shown(found.made_by, found.collection)
    else:
        tasks = list(_tasks(found).for_cards())
    return [one for task in tasks for one in outputs_of(task)]


def result(found: Share, pk: UUID) -> Output | None:
    """One of the results: browsers ask for a film in many pieces, and for hundreds of posters."""
    asked = Output.objects.filter(pk=pk, task__in=_tasks(found)).select_related("task").first()
    return asked if asked is not None and asked.is_stored else None


def _tasks(found: Share) -> TaskQuerySet:
    seen = Task.objects.visible_to(found.made_by)
    if found.collection is not None:
        return seen.filter(collected__collection=found.collection)
    return seen.filter(shares=found)


def outputs_of(task: Task) -> list[Output]:
    found = [one for one in task.outputs.all() if one.is_stored]
    for one in found:
        one.task = task
    return found
