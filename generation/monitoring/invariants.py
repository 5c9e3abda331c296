"""The promise, as statements that hold for every task at every moment, checkable anywhere.

Each yields the tasks that break it, with what is wrong about them. What they compare is only
the database (and, when asked, the storage): they change nothing and ask no gateway.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from generation.lifecycle.transitions import ENDED, State
from generation.media.stored import is_stored
from generation.models import (
    Counter,
    CounterName,
    EventKind,
    Output,
    Task,
    TaskEvent,
    TaskImage,
    Visibility,
)
from generation.models.event_kind import EVENTS
from generation.models.meaning import Charged
from generation.models.task import TaskQuerySet

OVERDUE_AFTER = timedelta(minutes=10)
"""How long a step may be overdue. `reconcile` looks every minute, the poller far more often."""

RETRIED_WITHIN = timedelta(hours=1)
"""An unsaved result has its next try within this time: archiving backs off to ten minutes."""

RECENT = 2000
"""How many of the latest changes are looked at, beside everything that is running."""

AT_GATEWAY = (State.PROCESSING, State.ARCHIVING, State.COMPLETED, State.LOST)


@dataclass(frozen=True, slots=True)
class Broken:
    """One task that breaks one invariant; `name` is the invariant's, `sentence` for people."""

    task_id: UUID
    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which tasks are looked at, and as of when."""

    tasks: TaskQuerySet
    now: datetime

    @property
    def long_ago(self) -> datetime:
        return self.now - OVERDUE_AFTER

    def in_state(self, *states: str) -> TaskQuerySet:
        """Those in one of `states`; looked for among `tasks`, never among all in that state."""
        return _in_state(self.tasks, *states)

    def outputs(self) -> "QuerySet[Output]":
        return Output.objects.filter(task__in=self.tasks)


Finding = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class Invariant:
    """`sentence` is the statement, `find` yields who breaks it and how."""

    name: str
    sentence: str
    find: Callable[[_Scope], Iterator[Finding]]


def _in_state(tasks: TaskQuerySet, *states: str) -> TaskQuerySet:
    # An expression: given the column, SQLite takes its index and walks all completed tasks.
    return tasks.alias(at=Coalesce("state", Value(""))).filter(at__in=states)


def _each(tasks: "QuerySet[Task]", what: str) -> Iterator[Finding]:
    for pk in tasks.values_list("pk", flat=True):
        yield pk, what


def _sent_once(scope: _Scope) -> Iterator[Finding]:
    sent = TaskEvent.objects.filter(kind=EventKind.SENDING, task__in=scope.tasks)
    often = sent.values("task").annotate(times=Count("pk")).filter(times__gt=1)
    for pk, history in _histories(Task.objects.filter(pk__in=often.values("task"))):
        times = may_have_arrived(history)
        if times > 1:
            yield pk, f"{times} requests for it may have reached the gateway"


def may_have_arrived(kinds: Iterator[str]) -> int:
    """How many sends of a timeline may have reached the gateway: those with no clear "no" after."""
    arrived, open_ = 0, False
    for kind in kinds:
        if kind in (EventKind.SENDING, EventKind.CLAIMED):
            arrived, open_ = arrived + open_, kind == EventKind.SENDING
        elif kind in EVENTS and EVENTS[kind].charged is Charged.NO:
            open_ = False
    return arrived + open_


def _known_to_gateway(scope: _Scope) -> Iterator[Finding]:
    nameless = scope.in_state(*AT_GATEWAY).filter(remote_id="")
    yield from _each(nameless, "the gateway has it, but its id there is not known")
    unsent = scope.tasks.filter(sent_at=None).exclude(remote_id="")
    yield from _each(unsent, "it has an id of the gateway although it was never sent")


def _saved(scope: _Scope) -> Iterator[Finding]:
    done = scope.in_state(State.COMPLETED)
    files = Output.objects.filter(task=OuterRef("pk"))
    unsafe = ~Q(state=Output.State.STORED) | Q(file="") | Q(sha256="") | Q(bytes=None) | Q(bytes=0)
    yield from _each(done.filter(~Exists(files)), "it is completed without any file")
    yield from _each(
        done.filter(Exists(files.filter(unsafe))),
        "it is completed, but a file is not stored, or has no checksum or size",
    )


def _tried_again(scope: _Scope) -> Iterator[Finding]:
    pending = Output.objects.filter(task=OuterRef("pk"), state=Output.State.PENDING)
    archiving = scope.in_state(State.ARCHIVING)
    yield from _each(archiving.filter(~Exists(pending)), "it is being saved, but no file waits")
    soon = pending.filter(next_attempt_at__range=(scope.long_ago, scope.now + RETRIED_WITHIN))
    yield from _each(
        archiving.filter(Exists(pending), ~Exists(soon)), "nobody tries to save its file"
    )
    over = scope.tasks.exclude(state=State.ARCHIVING).filter(Exists(pending))
    yield from _each(over, "a file of it waits to be saved, but the task is not being saved")


def _lost_with_reason(scope: _Scope) -> Iterator[Finding]:
    why = Output.objects.filter(task=OuterRef("pk"), state=Output.State.LOST)
    lost = scope.in_state(State.LOST)
    yield from _each(
        lost.filter(~Exists(why.exclude(last_error=""))), "it is lost, but nothing says why"
    )


def _moves(scope: _Scope) -> Iterator[Finding]:
    late = scope.long_ago
    submitting = scope.in_state(State.SUBMITTING)
    stuck = Q(claimed_until=None) | Q(claimed_until__lt=late)
    yield from _each(submitting.filter(stuck), "its sender is gone, and nobody took over")
    processing = scope.in_state(State.PROCESSING)
    # The gateway may have asked us to leave a key alone for a long time.
    processing = processing.exclude(key__polls_wait_until__gt=late)
    unseen = Q(next_poll_at=None) | Q(next_poll_at__lt=late)
    yield from _each(processing.filter(unseen), "nobody looks at it any more")
    endless = Q(deadline_at=None) | Q(deadline_at__lt=late)
    yield from _each(processing.filter(endless), "its deadline is missing or long over")
    yield from _each(_forgotten(scope), "it could have been sent long ago")


def _forgotten(scope: _Scope) -> "QuerySet[Task]":
    """Queued, long due, and neither its key nor its member has anything in flight to wait for."""
    ahead = Task.objects.in_flight()
    return scope.in_state(State.QUEUED).filter(
        ~Exists(ahead.filter(key=OuterRef("key"))),
        ~Exists(ahead.filter(owner=OuterRef("owner"))),
        held_since=None,
        next_attempt_at__lt=scope.long_ago,
    )


def _ended(scope: _Scope) -> Iterator[Finding]:
    timeless = scope.in_state(*ENDED).filter(finished_at=None)
    yield from _each(timeless, "it has ended, but at no time")
    early = scope.tasks.exclude(state__in=ENDED).exclude(finished_at=None)
    yield from _each(early, "it has a time of ending, but has not ended")


def _told(scope: _Scope) -> Iterator[Finding]:
    last = TaskEvent.objects.filter(task=OuterRef("pk")).order_by("-id").values("state")[:1]
    told = scope.tasks.annotate(told=Subquery(last))
    untold = told.filter(Q(told=None) | ~Q(told=F("state")))
    for pk, state, said in untold.values_list("pk", "state", "told"):
        yield pk, f"it is {state}, but its timeline ends with {said or 'nothing'}"


def _explained(scope: _Scope) -> Iterator[Finding]:
    unsure = scope.in_state(State.UNCERTAIN)
    yield from _each(unsure.filter(reason=""), "it is uncertain, but nothing says why")
    yield from _each(unsure.filter(sent_at=None), "it is uncertain, but was never sent")


def _not_sent(scope: _Scope) -> Iterator[Finding]:
    # Of one that was held nobody knows (hold.py).
    canceled = scope.in_state(State.CANCELED).filter(held_since=None)
    sent = ~Q(sent_at=None) | ~Q(remote_id="")
    yield from _each(canceled.filter(sent), "it is canceled, but was sent")


def _charged(scope: _Scope) -> Iterator[Finding]:
    """`Task.charge` against the timeline, which is written beside it and never changed."""
    nowhere = scope.tasks.filter(remote_id="").exclude(cost=None)
    yield from _each(nowhere, "a cost is told, but the gateway never had it")
    told = TaskEvent.objects.filter(task=OuterRef("pk"), detail__has_key="cost")
    forgotten = scope.tasks.filter(Exists(told.exclude(detail__cost="")), cost=None)
    yield from _each(forgotten, "the gateway told what it cost, and that was forgotten")
    free = scope.tasks.free_without_a_word()
    taken = free.filter(sent_at__isnull=False).exclude(remote_id="", accepted_at=None)
    yield from _each(taken, "it counts as not charged, but the gateway has taken it")
    over = _in_state(free, *ENDED).filter(remote_id="", events__kind=EventKind.SENDING)
    for pk, history in _histories(over):
        if may_have_arrived(history):
            yield pk, "it counts as not charged, but a request for it may have arrived"


def _histories(tasks: "QuerySet[Task]") -> Iterator[tuple[UUID, Iterator[str]]]:
    """The kinds of the events of their timelines, in order."""
    events = TaskEvent.objects.filter(task__in=tasks.values("pk")).order_by("task", "id")
    for pk, history in groupby(events.values_list("task", "kind"), key=lambda event: event[0]):
        yield pk, (kind for _, kind in history)


def _in_storage(scope: _Scope) -> Iterator[Finding]:
    stored = scope.outputs().filter(state=Output.State.STORED)
    for pk, name, size in stored.values_list("task", "file", "bytes").iterator():
        try:
            found = default_storage.size(name) if name else None
        except OSError:
            found = None
        if found is None:
            yield pk, f"its file {name} is missing"
        elif found != size:
            yield pk, f"its file {name} has {found} bytes, not {size}"


def _inputs_there(scope: _Scope) -> Iterator[Finding]:
    given = TaskImage.objects.filter(task__in=scope.tasks, image__isnull=False)
    seen: dict[str, bool] = {}
    for pk, name, size, title in given.values_list(
        "task", "image__file", "image__bytes", "image__name"
    ).iterator():
        if name not in seen:
            seen[name] = is_stored(name, size)
        if not seen[name]:
            yield (
                pk,
                f"its input “{title}” ({name}) is missing; who uploads the same picture "
                "again mends it",
            )


INVARIANTS = (
    Invariant("once", "At most one create of a task reaches the gateway.", _sent_once),
    Invariant(
        "known", "From generating on, a task's id at the gateway is known.", _known_to_gateway
    ),
    Invariant("saved", "A completed task has its files in storage.", _saved),
    Invariant("tried", "A result that is not saved yet is tried again soon.", _tried_again),
    Invariant("lost", "A lost result says why.", _lost_with_reason),
    Invariant("moves", "A running task has a next step, in time.", _moves),
    Invariant("ended", "A task has an end exactly when it has ended.", _ended),
    Invariant("told", "The timeline ends where the task is.", _told),
    Invariant("explained", "An uncertain task was sent, and says why it is uncertain.", _explained),
    Invariant("unsent", "A canceled task was never sent.", _not_sent),
    Invariant(
        "charged", "What a task has cost is what its timeline tells, or not known.", _charged
    ),
)
FILES = (
    Invariant("files", "Every stored file is there, whole.", _in_storage),
    Invariant("inputs", "Every picture that went into a task is there, whole.", _inputs_there),
)


def broken(
    now: datetime | None = None, *, files: bool = False, everything: bool = False
) -> list[Broken]:
    """What breaks the promise: among the running and the latest changed tasks, or all of them.

    `files` also asks the storage for every file of those tasks, one request each.
    """
    tasks = Task.objects.all() if everything else _latest()
    scope = _Scope(tasks, now or timezone.now())
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
