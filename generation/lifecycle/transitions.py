"""The one way a task changes: a conditional UPDATE, with its event, in one short transaction."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from generation.models import Task, TaskEvent, User, next_revision

from .turns import ring_if_waited_for

State = Task.State
ENDED = (State.COMPLETED, State.FAILED, State.LOST, State.CANCELED)


@dataclass(frozen=True, slots=True)
class Happened:
    """What the timeline will say. `text` is for people; `detail` holds small, clean facts."""

    word: str
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
    **fields: Any,
) -> bool:
    """Moves the task from one of `states` to `to`; False when someone else was first.

    With `attempts`, only the holder of that attempt may change it; `count_attempt` begins a
    new one. `fields` are stored in the same UPDATE. The loser of a race changes nothing and writes no event.
    """
    if to in ENDED:
        fields.setdefault("finished_at", timezone.now())
    if count_attempt:
        fields["attempts"] = F("attempts") + 1
    rows = Task.objects.filter(pk=task_id, state__in=states)
    if attempts is not None:
        rows = rows.filter(attempts=attempts)
    with transaction.atomic():
        revision = next_revision()
        if not rows.update(state=to, revision=revision, **fields):
            return False
        record(task_id, to, happened)
        if to not in Task.IN_FLIGHT and not set(states).isdisjoint(Task.IN_FLIGHT):
            ring_if_waited_for()
    return True


def record(task_id: UUID, state: str, happened: Happened) -> None:
    """Adds a line to the timeline without changing the task."""
    TaskEvent.objects.create(
        task_id=task_id,
        at=timezone.now(),
        word=happened.word,
        state=state,
        text=happened.text[:500],
        detail=happened.detail,
        who=happened.who,
    )
