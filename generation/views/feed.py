"""Galleries: newest first, page by page; and what has changed since a revision."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.core.exceptions import BadRequest
from django.db.models import QuerySet

from generation.models import Task, User, Visibility, feed_head
from generation.models.task import TaskQuerySet

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
    found: set[tuple[datetime, UUID]] = set()
    for source in _sources(user, whose):
        found.update(_newest(source, before)[: size + 1])
    order = sorted(found, reverse=True)
    shown = order[:size]
    older = _cursor(*shown[-1]) if len(order) > size else ""
    return Page(_cards(pk for _, pk in shown), older)


def _sources(user: User, whose: str) -> list[TaskQuerySet]:
    own, team = Task.objects.filter(owner=user), Task.objects.filter(visibility=Visibility.TEAM)
    return [own] if whose == "mine" else [own, team]


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
    """Where the page above ended; raises BadRequest for what no page of ours has ever said."""
    if not cursor:
        return None
    try:
        at, pk = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("no time zone")
        return moment.astimezone(UTC), UUID(pk)
    except (ValueError, OverflowError, binascii.Error):
        raise BadRequest("There is no such place in the gallery.") from None


MOST_CHANGES = 200


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a page has come: it shows all changes up to the revision `at`.

    While it catches up with more changes than one answer holds, `seen` stays where it began:
    whatever was born later is new to it, also when it changed again in the meantime.
    """

    at: int
    seen: int

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """None for what is no cursor."""
        try:
            numbers = [int(number) for number in text.split("-")]
        except ValueError:
            return None
        return cls(numbers[0], numbers[-1]) if len(numbers) <= 2 else None

    def __str__(self) -> str:
        return str(self.at) if self.at == self.seen else f"{self.at}-{self.seen}"


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new above a cursor, newest task first, and where to go on from."""

    fresh: list[Task]
    changed: list[Task]
    cursor: Cursor


def head_of(user: User, whose: str) -> int:
    """The newest revision among all that the page shows."""
    head = feed_head(user)
    return head.own if whose == "mine" else head.all


def changes(user: User, since: Cursor, *, whose: str = "all") -> Changes:
    """Tasks `user` sees whose revision is above `since`; nothing below the cursor is ever missed.

    Own tasks and the team's come each from their own index. What changes between these questions
    gets a revision above the head, and so belongs to the next answer.
    """
    head = max(head_of(user, whose), since.at)
    found: dict[UUID, int] = {}
    for source in _sources(user, whose):
        news = source.filter(revision__gt=since.at, revision__lte=head).order_by("revision")
        found.update(news.values_list("pk", "revision")[: MOST_CHANGES + 1])
    order = sorted(found, key=lambda pk: found[pk])
    shown = order[:MOST_CHANGES]
    if len(order) > MOST_CHANGES:
        cursor = Cursor(found[shown[-1]], since.seen)
    else:
        cursor = Cursor(head, head)
    tasks = sorted(_cards(shown), key=lambda task: (task.created_at, task.pk), reverse=True)
    fresh = [task for task in tasks if task.born_revision > since.seen]
    changed = [task for task in tasks if task.born_revision <= since.seen]
    return Changes(fresh, changed, cursor)
