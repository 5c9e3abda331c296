"""What has changed in a gallery since a revision; and what stands beside a task."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from generation.gallery.sources import feeds, feeds_with_trash
from generation.models import Task, User, feed_head, tasks_for_cards

TIES = 24
"""Tasks that may have been made in one moment: those of one submission."""


def neighbours(user: User, task: Task) -> tuple[UUID | None, UUID | None]:
    here = (task.created_at, task.pk)
    newer: set[tuple[datetime, UUID]] = set()
    older: set[tuple[datetime, UUID]] = set()
    for source in feeds(user, "all"):
        places = source.exclude(pk=task.pk).values_list("created_at", "id")
        newer.update(places.filter(created_at__gte=here[0]).order_by("created_at", "id")[:TIES])
        older.update(places.filter(created_at__lte=here[0]).order_by("-created_at", "-id")[:TIES])
    above = min((place for place in newer if place > here), default=None)
    below = max((place for place in older if place < here), default=None)
    return above[1] if above else None, below[1] if below else None


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
        try:
            numbers = [int(number) for number in text.split("-")]
        except ValueError:
            return None
        return cls(numbers[0], numbers[-1]) if len(numbers) <= 2 else None

    def __str__(self) -> str:
        return str(self.at) if self.at == self.seen else f"{self.at}-{self.seen}"


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new above a cursor, newest task first, what is gone, and where to go on from."""

    fresh: list[Task]
    changed: list[Task]
    gone: list[UUID]
    cursor: Cursor
    liked: Collection[UUID] = ()


def head_of(user: User, whose: str) -> int:
    head = feed_head(user)
    return head.own if whose == "mine" else head.all


def changes(user: User, since: Cursor, *, whose: str = "all") -> Changes:
    """Tasks `user` sees whose revision is above `since`; nothing below the cursor is ever missed.

    Own tasks and the team's come each from their own index. What changes between these questions
    gets a revision above the head, and so belongs to the next answer.
    """
    head = max(head_of(user, whose), since.at)
    found: dict[UUID, int] = {}
    for source in feeds_with_trash(user, whose):
        news = source.filter(revision__gt=since.at, revision__lte=head).order_by("revision")
        found.update(news.values_list("pk", "revision")[: MOST_CHANGES + 1])
    order = sorted(found, key=lambda pk: found[pk])
    shown = order[:MOST_CHANGES]
    if len(order) > MOST_CHANGES:
        cursor = Cursor(found[shown[-1]], since.seen)
    else:
        cursor = Cursor(head, head)
    found_tasks, liked = tasks_for_cards(shown, user)
    gone = [task.pk for task in found_tasks if task.trashed_at]
    kept = (task for task in found_tasks if not task.trashed_at)
    tasks = sorted(kept, key=lambda task: (task.created_at, task.pk), reverse=True)
    fresh = [task for task in tasks if task.born_revision > since.seen]
    changed = [task for task in tasks if task.born_revision <= since.seen]
    return Changes(fresh, changed, gone, cursor, liked)
