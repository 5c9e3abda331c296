"""What waits in line on a leaver's own key is made for a colleague instead, who pays for it."""

from dataclasses import dataclass

from django.db import transaction

from generation.lifecycle.actions import CannotRepeat, submission_of
from generation.lifecycle.enqueue import KeyNotForOwner, enqueue
from generation.lifecycle.transitions import Happened, State, change
from generation.models import ApiKey, EventKind, Task, User
from generation.models.task import NEVER, TaskQuerySet
from generation.money.budgets import OverBudget
from generation.people.storage_use import StorageFull

AT_ONCE = 50
"""Tasks that one press takes over: each is a submit of its own."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many were taken over, and how many stayed: without a key, over a limit, or as too many."""

    tasks: int
    left: int


@dataclass(frozen=True, slots=True)
class Handed:
    """All that went to a colleague, and which drafts stayed."""

    subjects: int
    presets: int
    snippets: int
    searches: int
    drafts: int
    drafts_left: int
    tasks: Taken


def waiting_of(leaver: User) -> TaskQuerySet:
    """In line on a key of their own, which stops when they are disabled."""
    queued = Task.objects.filter(owner=leaver, key__owner=leaver, state=State.QUEUED)
    return queued.filter(held_since=None).exclude(next_attempt_at=NEVER)


def take_over(leaver: User, heir: User, by: User) -> Taken:
    """Each ends as canceled, and is made anew in the heir's name; both or neither."""
    key = ApiKey.objects.usable_by(heir).filter(paused_at=None).first()
    tasks = list(waiting_of(leaver).in_line()[:AT_ONCE]) if key else []
    taken = sum(_take(task, heir, key, by) for task in tasks if key)
    return Taken(taken, waiting_of(leaver).count())


def _take(task: Task, heir: User, key: ApiKey, by: User) -> bool:
    text = f"Handed over to {heir.username}, as a new task."
    try:
        with transaction.atomic():
            ended = change(
                task.pk,
                State.QUEUED,
                to=State.CANCELED,
                happened=Happened(EventKind.CANCELED, text, who=by),
            )
            if ended:
                enqueue(submission_of(task, owner=heir, key=key, asked_by=by))
            return ended
    except (CannotRepeat, KeyNotForOwner, OverBudget, StorageFull):
        return False
