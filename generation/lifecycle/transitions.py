"""The one way a task changes: a conditional UPDATE, with its event, in one short transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max, Min
from django.db.models.expressions import CombinedExpression
from django.utils import timezone

from generation.lifecycle.subject_uses import count_ended
from generation.models import EventKind, Task, TaskEvent, User, next_revision
from generation.models.task import TaskQuerySet
from generation.money import ledger
from generation.scheduling.fair_queue import wake_if_waiting
from generation.workers.prepared_queries import Insert, Write

State = Task.State
ENDED = (State.COMPLETED, State.FAILED, State.LOST, State.CANCELED)
EVENTS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Happened:
    """What the timeline will say. `text` is for people; `detail` holds small, clean facts."""

    kind: EventKind
    text: str
    detail: dict[str, Any] = field(default_factory=dict)
    who: User | None = None


def change(
    task_id: UUID,
    *states: Task.State,
    to: Task.State,
    happened: Happened,
    attempts: int | None = None,
    count_attempt: bool = False,
    revision: int | None = None,
    **fields: Any,
) -> bool:
    """Moves the task from one of `states` to `to`; False when someone else was first.

    With `attempts`, only the holder of that attempt may change it; `count_attempt` begins a
    new one. `revision` is one that the caller's transaction has taken already. `fields` are stored
    in the same UPDATE. The loser of a race changes nothing and writes no event.
    """
    if to in ENDED:
        fields.setdefault("finished_at", timezone.now())
    move = _move(of_attempt=attempts is not None, count_attempt=count_attempt)
    mine = (task_id,) if attempts is None else (task_id, attempts)
    # Whatever goes wrong undoes all of a transaction that has begun already.
    with transaction.atomic(savepoint=revision is None):
        revision = revision or next_revision()
        if not move(*mine, *states, state=to, revision=revision, **fields):
            return False
        record(task_id, to, happened)
        if to in ENDED or "cost" in fields:
            ledger.settle(task_id, because(happened), ends=to in ENDED)
        if to in ENDED:
            count_ended(task_id, to)
        if to not in Task.IN_FLIGHT and not set(states).isdisjoint(Task.IN_FLIGHT):
            wake_if_waiting()
    return True


def because(happened: Happened) -> ledger.Because:
    discount = str(happened.detail.get("discount", ""))
    return ledger.Because(happened.kind, happened.who, discount)


@lru_cache(maxsize=4)
def _move(*, of_attempt: bool, count_attempt: bool) -> Write:
    def make(task_id: UUID, *mine: Any) -> TaskQuerySet:
        if not of_attempt:
            return Task.objects.filter(pk=task_id, state__in=mine)
        return Task.objects.filter(pk=task_id, attempts=mine[0], state__in=mine[1:])

    return Write(make, **({"attempts": F("attempts") + 1} if count_attempt else {}))


def change_all(
    tasks: TaskQuerySet, *states: Task.State, to: Task.State, happened: Happened, **fields: Any
) -> int:
    """`change` for all of `tasks` that are in one of `states`, in one UPDATE; how many there were.

    Not for what moves money, an end or a cost.
    """
    assert to not in ENDED
    assert "cost" not in fields
    with transaction.atomic():
        # Its lock keeps everyone else from changing a task meanwhile.
        next_revision()
        rows = Task.objects.filter(pk__in=tasks.filter(state__in=states).values("pk"))
        pks = list(rows.values_list("pk", flat=True))
        if not pks:
            return 0
        revision = new_revisions(rows)
        record_all(dict.fromkeys(pks, to), happened)
        rows.update(state=to, revision=revision, **fields)
    return len(pks)


def new_revisions(tasks: TaskQuerySet) -> CombinedExpression:
    """For one UPDATE of `tasks`, of which there are some: each gets a revision of its own, as the
    live page counts on. Call inside atomic(), after next_revision().
    """
    facts = tasks.aggregate(first=Min("born_revision"), last=Max("born_revision"))
    newest = next_revision(facts["last"] - facts["first"] + 1)
    return F("born_revision") + (newest - facts["last"])


_insert = Insert(TaskEvent)


def record(task_id: UUID, state: str, happened: Happened) -> None:
    _insert(_event(task_id, state, happened, timezone.now()))


def record_all(states: Mapping[UUID, str], happened: Happened) -> None:
    """The same for each of the tasks, whose states they are."""
    now = timezone.now()
    TaskEvent.objects.bulk_create(
        (_event(pk, state, happened, now) for pk, state in states.items()),
        batch_size=EVENTS_AT_ONCE,
    )


def _event(task_id: UUID, state: str, happened: Happened, at: datetime) -> TaskEvent:
    return TaskEvent(
        task_id=task_id,
        at=at,
        kind=happened.kind,
        state=state,
        text=happened.text[:500],
        detail=happened.detail,
        who=happened.who,
    )
