"""What a member has in the trash, page by page."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Sum

from generation.lifecycle.trash import KEPT_FOR
from generation.models import Output, Task, User

from .places import cursor_of, position_of

PAGE = 60


@dataclass(frozen=True, slots=True)
class Trashed:
    task: Task

    @property
    def output(self) -> Output | None:
        return next((one for one in self.task.outputs.all() if one.is_stored), None)

    @property
    def title(self) -> str:
        return self.task.title()

    @property
    def until(self) -> datetime:
        assert self.task.trashed_at is not None
        return self.task.trashed_at + KEPT_FOR


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Trashed]
    older: str


def page(user: User, before: str = "") -> Page:
    found = Task.objects.in_trash().filter(owner=user)
    if position := position_of(before):
        at, pk = position
        found = found.filter(trashed_at__lte=at).exclude(trashed_at=at, pk__gte=pk)
    found = found.order_by("-trashed_at", "-id").prefetch_related("outputs", "images__image")
    rows = list(found[: PAGE + 1])
    shown, last = rows[:PAGE], rows[PAGE - 1] if len(rows) > PAGE else None
    older = cursor_of(last.trashed_at, last.pk) if last and last.trashed_at else ""
    return Page([Trashed(task) for task in shown], older)


def weight(user: User) -> int:
    """Bytes that emptying the trash gives back."""
    held = Output.objects.filter(task__in=Task.objects.in_trash().filter(owner=user))
    stored = held.filter(state=Output.State.STORED).order_by()
    return int(stored.aggregate(sum=Sum(F("bytes") + F("poster_bytes")))["sum"] or 0)
