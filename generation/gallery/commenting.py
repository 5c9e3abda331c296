"""Comments on a result: written, changed, read page by page; and who is told of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from generation.lifecycle.transitions import Happened, record
from generation.models import Comment, EventKind, Notice, Task, User, next_revision
from generation.people.access import is_private_of_another
from generation.people.inbox import notify

from .places import cursor_of, position_of
from .selection import SHORT

PAGE = 50
MOST_TOLD = 20
"""Members who are told by one comment."""

AT = re.compile(r"(?<![A-Za-z0-9_@])@")
IN_A_NAME = re.compile(r"[A-Za-z0-9_]")


class TooManyComments(Exception):
    def __str__(self) -> str:
        return f"A result has at most {Comment.MOST} comments."


@dataclass(frozen=True, slots=True)
class Told:
    """Who has a notice, and who was mentioned and may not see the result."""

    told: list[User]
    blind: list[User]

    @property
    def warning(self) -> str:
        names = ", ".join(one.username for one in self.blind)
        do = "does" if len(self.blind) == 1 else "do"
        return f"{names} {do} not see this result, and got no notice." if names else ""


def write(task: Task, member: User, text: str, second: float | None) -> Told:
    """Raises TooManyComments."""
    with transaction.atomic():
        # Its lock counts them one after the other.
        next_revision()
        if Comment.objects.filter(task=task).count() >= Comment.MOST:
            raise TooManyComments
        made = Comment.objects.create(task=task, member=member, text=text, second=second)
        note(made, member)
        return _tell(task, member, text, mentioned(text))


def note(comment: Comment, who: User | None) -> None:
    """A line of the timeline, by which the team's channels hear of it: without its words, which may go."""
    state = Task.objects.values_list("state", flat=True).get(pk=comment.task_id)
    by = who.username if who else f"a guest, {comment.guest}"
    said = Happened(EventKind.COMMENTED, f"Comment by {by}.", {"comment": str(comment.pk)}, who)
    record(comment.task_id, state, said)


def rewrite(comment: Comment, by: User, text: str, second: float | None) -> Told:
    """Tells who was not mentioned before."""
    with transaction.atomic():
        known = {one.pk for one in mentioned(comment.text)}
        same = Comment.objects.filter(pk=comment.pk)
        same.update(text=text, second=second, edited_at=timezone.now())
        fresh = [one for one in mentioned(text) if one.pk not in known]
        return _tell(comment.task, by, text, fresh)


def mentioned(text: str) -> list[User]:
    """Active members whose names follow an @, the longest that fits; in any case, and without a
    space behind it where the script has none.
    """
    starts = [found.end() for found in AT.finditer(text)]
    if not starts:
        return []
    members = User.objects.filter(is_active=True)
    by_length = sorted(members, key=lambda one: len(one.username), reverse=True)
    found = (_first(by_length, text[start : start + 150]) for start in starts)
    return list(dict.fromkeys(one for one in found if one is not None))


def _first(members: Iterable[User], rest: str) -> User | None:
    return next((one for one in members if _begins(rest, one.username)), None)


def _begins(rest: str, name: str) -> bool:
    after = rest[len(name) : len(name) + 1]
    is_whole = not (IN_A_NAME.match(name[-1]) and IN_A_NAME.match(after))
    return is_whole and rest[: len(name)].casefold() == name.casefold()


def _tell(task: Task, by: User, text: str, members: Iterable[User]) -> Told:
    others = [one for one in members if one != by][:MOST_TOLD]
    blind = [one for one in others if is_private_of_another(task, one)]
    told = [one for one in others if one not in blind]
    words = f"{by.username} mentions you on “{task.title(SHORT)}”: {' '.join(text.split())}"
    notify(told, Notice.Kind.MENTIONED, words, f"{task.get_absolute_url()}#comments")
    return Told(told, blind)


@dataclass(frozen=True, slots=True)
class Page:
    """Oldest first, as one reads. `earlier` leads to those before; `seen` changes with any of it."""

    comments: list[Comment]
    earlier: str
    seen: str


def page(task: Task, before: str = "") -> Page:
    """Of a task that somebody may open: whoever asks has seen to that. One query."""
    found = Comment.objects.filter(task=task).select_related("member")
    if place := position_of(before):
        at, pk = place
        found = found.filter(written_at__lte=at).exclude(written_at=at, pk__gte=pk)
    rows = list(found.order_by("-written_at", "-id")[: PAGE + 1])
    shown = rows[:PAGE]
    earlier = cursor_of(shown[-1].written_at, shown[-1].pk) if len(rows) > PAGE else ""
    newest = max((one.edited_at or one.written_at for one in shown), default=None)
    seen = f"{len(rows)}-{newest.timestamp() if newest else 0}"
    return Page(shown[::-1], earlier, seen)
