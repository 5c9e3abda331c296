"""The promise, as statements that hold for every task at every moment, checkable anywhere.

Each yields the tasks that break it, with what is wrong about them. What they compare is only
the database (and, when asked, the storage): they change nothing and ask no gateway.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from generation.models import Counter, CounterName, Task, Visibility
from generation.models.task import TaskQuerySet

from . import money, progress, saving, sending
from .scope import Finding, Scope

RECENT = 2000
"""How many of the latest changes are looked at, beside everything that is running."""


@dataclass(frozen=True, slots=True)
class Broken:
    """One task that breaks one invariant; `name` is the invariant's, `sentence` for people."""

    task_id: UUID
    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Invariant:
    """`sentence` is the statement, `find` yields who breaks it and how."""

    name: str
    sentence: str
    find: Callable[[Scope], Iterator[Finding]]


INVARIANTS = (
    Invariant("once", "At most one create of a task reaches the gateway.", sending.sent_once),
    Invariant(
        "known",
        "From generating on, a task's id at the gateway is known.",
        sending.known_to_gateway,
    ),
    Invariant("saved", "A completed task has its files in storage.", saving.saved),
    Invariant("tried", "A result that is not saved yet is tried again soon.", saving.tried_again),
    Invariant("lost", "A lost result says why.", saving.lost_with_reason),
    Invariant("moves", "A running task has a next step, in time.", progress.moves),
    Invariant("ended", "A task has an end exactly when it has ended.", progress.ended),
    Invariant("told", "The timeline ends where the task is.", progress.told),
    Invariant(
        "explained", "An uncertain task was sent, and says why it is uncertain.", progress.explained
    ),
    Invariant("unsent", "A canceled task was never sent.", sending.not_sent),
    Invariant(
        "charged", "What a task has cost is what its timeline tells, or not known.", sending.charged
    ),
    Invariant("ledger", "A task's ledger adds up to what the task says.", money.balanced),
)
FILES = (
    Invariant("files", "Every stored file is there, whole.", saving.in_storage),
    Invariant(
        "inputs", "Every picture that went into a task is there, whole.", saving.inputs_there
    ),
)


def broken(
    now: datetime | None = None, *, files: bool = False, everything: bool = False
) -> list[Broken]:
    """What breaks the promise: among the running and the latest changed tasks, or all of them.

    `files` also asks the storage for every file of those tasks, one request each.
    """
    tasks = Task.objects.all() if everything else _latest()
    scope = Scope(tasks, now or timezone.now())
    return [
        Broken(pk, invariant.name, f"{what[0].upper()}{what[1:]}.")
        for invariant in (*INVARIANTS, *(FILES if files else ()))
        for pk, what in invariant.find(scope)
    ]


def _latest() -> TaskQuerySet:
    """What runs and what changed last, each from its own index."""
    head = Counter.objects.value_of(CounterName.REVISION)
    recent = Task.objects.filter(visibility__in=Visibility.values, revision__gt=head - RECENT)
    return Task.objects.filter(
        pk__in=recent.order_by().values("pk").union(Task.objects.running().values("pk"))
    )
