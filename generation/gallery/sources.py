"""Where the tasks of a page come from: each source in the order of an index of its own.

A condition with OR would make the database sort everything there is; so own tasks and the team's
are two sources, and whoever asks merges them.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When

from generation.models import (
    Favourite,
    Note,
    Rating,
    Review,
    Tag,
    Task,
    TaskSubject,
    User,
    Visibility,
)
from generation.models.task import TaskQuerySet, seen_by
from generation.models.words import patterns_of
from generation.money.rollup import models_of

from .alike import alike
from .filters import RUNNING, Filters
from .places import Place, begin_of


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that stand for tasks; `at` and `pk` name the time and the id of each."""

    rows: "QuerySet[Any]"
    at: str = "created_at"
    pk: str = "id"

    def places(self, edge: Place | None, *, down: bool) -> "QuerySet[Any, Place]":
        """Newest first below `edge`, or oldest first above it."""
        rows = self.rows
        if edge is not None:
            at, pk = edge
            side = "lte" if down else "gte"
            rows = rows.filter(**{f"{self.at}__{side}": at})
            rows = rows.exclude(**{self.at: at, f"{self.pk}__{'gte' if down else 'lte'}": pk})
        sign = "-" if down else ""
        rows = rows.order_by(f"{sign}{self.at}", f"{sign}{self.pk}")
        return rows.values_list(self.at, self.pk)


def sources(user: User, filters: Filters) -> list[Source]:
    """The fewest rows first: a heart is rarer than a subject, a subject than a state."""
    marked = marks(user, filters)
    if marked:
        first, *others = marked
        # As a join: an IN would have the database gather all tasks that there are.
        found = first.filter(seen_by(user, "task__"), conditions(user, filters, "task__"))
        for other in others:
            found = found.filter(Exists(_of_task(other, filters, "task")))
        return [_between(Source(found, "made_at", "task_id"), filters)]
    if filters.state and filters.state != RUNNING and not _owner(user, filters):
        of_state = Task.objects.visible_to(user).filter(conditions(user, filters))
        return [_between(Source(of_state), filters)]
    return feed_sources(user, filters)


def feed_sources(user: User, filters: Filters) -> list[Source]:
    """Own tasks and the team's, whatever marks them."""
    return [
        _between(Source(tasks.filter(conditions(user, filters))), filters)
        for tasks in _feeds(user, filters)
    ]


def _feeds(user: User, filters: Filters) -> list[TaskQuerySet]:
    owner = _owner(user, filters)
    return [Task.objects.kept().filter(owner=owner)] if owner else feeds(user, "all")


def _owner(user: User, filters: Filters) -> User | None:
    return user if filters.whose == "mine" else filters.owner


def feeds(user: User, whose: str) -> list[TaskQuerySet]:
    """What `user`'s gallery shows, each part from its own index."""
    return [feed.kept() for feed in feeds_with_trash(user, whose)]


def feeds_with_trash(user: User, whose: str) -> list[TaskQuerySet]:
    """Also what pages that are open have to let go."""
    own, team = Task.objects.filter(owner=user), Task.objects.filter(visibility=Visibility.TEAM)
    return [own] if whose == "mine" else [own, team]


def conditions(user: User, filters: Filters, task: str = "") -> Q:
    """What a task must be, whichever way it was found."""
    asked: dict[str, Any] = {"trashed_at": None}
    if filters.whose == "mine":
        asked["owner"] = user
    if filters.model:
        asked["model"] = filters.model
    elif filters.kind:
        asked["model__in"] = models_of(filters.kind)
    if filters.key:
        asked["key"] = filters.key
    found = Q(**{f"{task}{name}": value for name, value in asked.items()})
    if filters.owner is not None:
        found &= Q(**{f"{task}owner": filters.owner})
        if filters.owner != user:
            found &= Q(**{f"{task}visibility": Visibility.TEAM})
    if filters.state == RUNNING:
        # The end is named too: SQLite takes a partial index by IS NULL, never by bound words.
        found &= Q(**{f"{task}finished_at": None, f"{task}state__in": Task.RUNNING})
    elif filters.state:
        found &= Q(**{f"{task}state": filters.state})
    own = Note.objects.filter(member=user, visibility=Visibility.PRIVATE)
    of_task = own.filter(task=OuterRef("task" if task else "pk"))
    for pattern in patterns_of(filters.q):
        noted = Q(Exists(of_task.filter(folded__contains=pattern)))
        found &= Q(**{f"{task}words__text__contains": pattern}) | noted
    return found


def marks(user: User, filters: Filters) -> "list[QuerySet[Any]]":
    """Rows that mark tasks, the rarest kind first; each has an index by when the task was made."""
    found: list[QuerySet[Any]] = []
    if filters.favourite:
        found.append(Favourite.objects.filter(member=user))
    if filters.rating:
        found.append(Rating.objects.filter(member=user, stars=filters.rating))
    if filters.review:
        found.append(Review.objects.filter(verdict=filters.review))
    if filters.tag:
        found.append(Tag.objects.filter(name=filters.tag))
    if filters.subject:
        found.append(TaskSubject.objects.filter(subject=filters.subject))
    return found


def rated(user: User, filters: Filters) -> "QuerySet[Any]":
    """What the member has given stars, and the filters let through."""
    found = Rating.objects.filter(seen_by(user, "task__"), conditions(user, filters, "task__"))
    found = found.filter(_days(filters, "made_at"), member=user)
    for mark in marks(user, filters):
        found = found.filter(Exists(_of_task(mark, filters, "task")))
    return found


def _of_task(mark: "QuerySet[Any]", filters: Filters, name: str) -> "QuerySet[Any]":
    """The rows of `mark` that mark one task, which is called `name` where this is asked."""
    if mark.model is not TaskSubject or connection.vendor != "sqlite":
        return mark.filter(task=OuterRef(name))
    # As one value: of a condition, SQLite would walk all uses of the subject for each task.
    same = Case(
        When(subject=filters.subject, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    return TaskSubject.objects.filter(task=OuterRef(name)).annotate(same=same).filter(same=True)


def _between(source: Source, filters: Filters) -> Source:
    return Source(source.rows.filter(_days(filters, source.at)), source.at, source.pk)


def _days(filters: Filters, at: str) -> Q:
    found = Q()
    if filters.since:
        found &= Q(**{f"{at}__gte": begin_of(filters.since)})
    if filters.until:
        found &= Q(**{f"{at}__lt": begin_of(filters.until + timedelta(days=1))})
    return found


def fitting(user: User, filters: Filters, tasks: TaskQuerySet) -> TaskQuerySet:
    """Those of a few `tasks` that `user` may see and the filters let through.

    As one value: of conditions, SQLite would take the first that has an index, and read all of it.
    """
    asked = seen_by(user) & conditions(user, filters) & _days(filters, "created_at")
    for mark in marks(user, filters):
        asked &= Q(Exists(_of_task(mark, filters, "pk")))
    like = alike(filters)
    if like is not None and not like:
        return tasks.none()
    if like:
        asked &= Q(pk__in=like)
    fits = Case(When(asked, then=Value(True)), default=Value(False), output_field=BooleanField())
    return tasks.annotate(fits=fits).filter(fits=True)
