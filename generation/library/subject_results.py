"""What was made with one subject: its tasks, newest first, and the prompts that mention it."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from generation.models import Subject, Task, TaskSubject, User, tasks_for_cards
from generation.models.task import seen_by

PAGE = 24
PROMPTS = 8
LOOKED_AT = 200
"""Newest tasks whose prompts are compared."""


@dataclass(frozen=True, slots=True)
class Results:
    """Tasks for reading only; those in `liked` have a heart of whoever asks."""

    tasks: list[Task]
    liked: set[UUID]
    next: int | None


@dataclass(frozen=True, slots=True)
class UsedPrompt:
    text: str
    task: UUID


def results(
    user: User, subject: Subject, *, before: int | None = None, number: int | None = None
) -> Results:
    """Those that `user` may see; `before` is where the page above ended, `number` a version."""
    entries = _entries(user, subject)
    if before is not None:
        entries = entries.filter(pk__lt=before)
    if number is not None:
        entries = entries.filter(version__number=number)
    rows = list(entries.values_list("pk", "task")[: PAGE + 1])
    more = rows[PAGE - 1][0] if len(rows) > PAGE else None
    return Results(*tasks_for_cards([task for _, task in rows[:PAGE]], user), more)


def prompts(user: User, subject: Subject) -> list[UsedPrompt]:
    # By the time of the task: in the order of ids PostgreSQL walks those of all subjects.
    newest_first = _entries(user, subject).order_by("-made_at", "-task_id")
    rows = newest_first.values_list("task", "task__params__prompt")[:LOOKED_AT]
    newest: dict[str, UUID] = {}
    for task, text in rows:
        if text:
            newest.setdefault(str(text), task)
    return [UsedPrompt(text, task) for text, task in list(newest.items())[:PROMPTS]]


def _entries(user: User, subject: Subject) -> "QuerySet[TaskSubject]":
    # As a join: an IN would have the database gather all tasks that there are.
    kept = TaskSubject.objects.filter(task__trashed_at=None)
    return kept.filter(seen_by(user, "task__"), subject=subject).order_by("-pk")
