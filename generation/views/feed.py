"""Galleries: newest first, page by page; and what has changed since a revision."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from generation.models import Task, User, Visibility

PAGE = 100


@dataclass(frozen=True, slots=True)
class Page:
    tasks: list[Task]
    older: str


def page(user: User, *, whose: str = "all", before: str = "", size: int = PAGE) -> Page:
    """One page of what `user` sees; `before` is the cursor of the page above.

    Own tasks and the team's come each from their own index and are merged here: a condition
    with OR would make the database sort everything there is.
    """
    sources = [Task.objects.filter(owner=user)]
    if whose != "mine":
        sources.append(Task.objects.filter(visibility=Visibility.TEAM))
    found: set[tuple[datetime, UUID]] = set()
    for source in sources:
        found.update(_newest(source, before)[: size + 1])
    order = sorted(found, reverse=True)
    shown = order[:size]
    older = _cursor(*shown[-1]) if len(order) > size else ""
    return Page(_cards(pk for _, pk in shown), older)


def _newest(source: QuerySet[Task], before: str) -> "QuerySet[Task, tuple[datetime, UUID]]":
    position = _position(before)
    if position is not None:
        at, pk = position
        source = source.filter(created_at__lte=at).exclude(created_at=at, pk__gte=pk)
    return source.order_by("-created_at", "-id").values_list("created_at", "id")


def _cards(pks: Iterable[UUID]) -> list[Task]:
    wanted = list(pks)
    found = {task.pk: task for task in Task.objects.filter(pk__in=wanted).for_cards()}
    return [found[pk] for pk in wanted if pk in found]


def _cursor(at: datetime, pk: UUID) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()} {pk}".encode()).decode()


def _position(cursor: str) -> tuple[datetime, UUID] | None:
    try:
        at, pk = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        return datetime.fromisoformat(at), UUID(pk)
    except (ValueError, binascii.Error):
        return None


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new above a revision, newest task first, and where to go on from."""

    fresh: list[Task]
    changed: list[Task]
    cursor: int


MOST_CHANGES = 200


def changes(user: User, since: int, *, whose: str = "all") -> Changes:
    """Tasks `user` sees whose revision is above `since`; nothing below the cursor is ever missed."""
    mine = Q(owner=user)
    visible = mine if whose == "mine" else mine | Q(visibility=Visibility.TEAM)
    tasks = list(
        Task.objects.filter(visible, revision__gt=since)
        .for_cards()
        .order_by("revision")[:MOST_CHANGES]
    )
    cursor = tasks[-1].revision if len(tasks) == MOST_CHANGES else max(user.feed_head, since)
    tasks.sort(key=lambda task: (task.created_at, task.pk), reverse=True)
    fresh = [task for task in tasks if task.born_revision > since]
    changed = [task for task in tasks if task.born_revision <= since]
    return Changes(fresh, changed, max(cursor, *(t.revision for t in tasks), since))
