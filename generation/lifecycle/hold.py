"""Held after a restore: what waits in a database that was set back is not sent by itself.

A task that was queued in a backup has perhaps been sent since; to send it again would be to pay
twice. So nothing leaves before the database was compared with the marks outside it (external_marks.py).
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from generation.lifecycle import external_marks
from generation.lifecycle.external_marks import Line, Mark
from generation.lifecycle.transitions import Happened, State, change_all
from generation.models import (
    Counter,
    CounterName,
    EventKind,
    Reason,
    Task,
    TaskEvent,
    next_revision,
)
from generation.workers.heartbeats import heartbeats
from generation.workers.prepared_queries import Rows

logger = logging.getLogger(__name__)

STAMP = "static.stamp"
"""What every supervisor has left in DATA_DIR, also those of versions without marks."""

OLDER = "The database is older than what was last noted outside it."
MISSING = "What was noted outside the database is missing."
RESTORED = "A backup was restored."
ASKED = "An admin asked for it."

REVISION, HOLDS, MARKED = CounterName.REVISION, CounterName.HOLDS, CounterName.MARKED


def begin(*, upgraded: bool = False) -> None:
    """Lets a new database know that there is no mark of it yet.

    One with tasks learns it only when it was just `upgraded` where it was in use; any other comes
    from elsewhere, and `check` holds what waits in it.
    """
    if Counter.objects.filter(name=MARKED).exists():
        return
    in_place = upgraded and (settings.DATA_DIR / STAMP).exists()
    if in_place or not Task.objects.exists():
        Counter.objects.get_or_create(name=MARKED, defaults={"value": 0})


def check() -> int:
    """Compares the database with the marks, and moves this machine's up; how many it has held.

    Raises OSError when a mark cannot be read or written.
    """
    begin()
    before = _look()
    found = external_marks.read()
    held = _hold_if_set_back(before, found)
    external_marks.move_up(_mark())
    if before.marked != 1:
        # After the mark: who reads this and finds no mark knows that there was one.
        Counter.objects.update_or_create(name=MARKED, defaults={"value": 1})
    return held


def remove_old_marks() -> int:
    """Removes what machines that are gone for good have left in the bucket; how many marks.

    Raises OSError when marks cannot be read or removed.
    """
    mine = external_marks.own()
    line = mine.seen if mine else None
    event = TaskEvent.objects.filter(pk=line.number).first() if line else None
    if mine is None or event is None or _line(event) != line:
        return 0
    return external_marks.remove_old(mine, event.at, {sign.host for sign in heartbeats()})


@dataclass(frozen=True, slots=True)
class Before:
    """What the database said before the marks were read; `marked` is None if it knows nothing."""

    marked: int | None
    holds: int


_counters = Rows(
    lambda: Counter.objects.filter(name__in=(HOLDS, MARKED)).values_list("name", "value")
)


def _look() -> Before:
    counters = dict(_counters())
    return Before(counters.get(MARKED), counters.get(HOLDS, 0))


def before_sending() -> Before:
    """Call before the marks are read for `may_send`. Raises OSError as `check` does."""
    before = _look()
    if before.marked != 1:
        check()
        before = _look()
    return before


def may_send(before: Before, found: Sequence[Mark]) -> bool:
    """Whether nothing speaks against it; otherwise everything that waits is now on hold."""
    if _verdict(before, found) is None:
        return True
    _hold_if_set_back(before, found)
    return False


def mark_of(task: Task) -> Mark:
    """What has to be safe outside the database before this attempt of the task leaves."""
    (claimed,) = _claims(task.pk)
    return Mark(claimed=_line(claimed))


_claims = Rows(
    lambda task: TaskEvent.objects.filter(task=task, kind=EventKind.CLAIMED).order_by("-id")[:1]
)
_events = Rows(lambda *numbers: TaskEvent.objects.filter(pk__in=numbers).order_by())


def _mark() -> Mark:
    revision = Counter.objects.value_of(REVISION)
    newest = TaskEvent.objects.order_by("-id").first()
    return Mark(revision, seen=_line(newest) if newest else None)


def _line(event: TaskEvent) -> Line:
    said = (event.task_id, event.at.isoformat(), str(event.kind), event.detail.get("claim", ""))
    return Line(event.pk, hashlib.sha256(repr(said).encode()).hexdigest()[:32])


def _verdict(before: Before, found: Sequence[Mark]) -> str | None:
    lines = {line for mark in found for line in mark.lines}
    numbers = {line.number for line in lines}
    if numbers and lines - {_line(event) for event in _events(*numbers)}:
        return OLDER
    return MISSING if not found and before.marked != 0 and Task.objects.exists() else None


def _hold_if_set_back(before: Before, found: Sequence[Mark]) -> int:
    if _verdict(before, found) is None:
        return 0
    with transaction.atomic():
        next_revision()
        why = _verdict(before, found)
        # Of several that notice it one acts.
        held = hold(why, found) if why and _look().holds == before.holds else 0
    external_marks.replace_all(_mark())
    return held


def hold(why: str, found: Sequence[Mark] = ()) -> int:
    """Puts everything that waits on hold; how many tasks that are. See also `replace_all`.

    `found` are marks of what this database does not know.
    """
    now = timezone.now()
    text = f"{why} It waits until an admin releases it, as it may have been sent already."
    with transaction.atomic():
        # Open pages remember how far they had come: nobody may miss what changes now.
        newest = max([next_revision(), *(mark.revision for mark in found)])
        Counter.objects.filter(name=REVISION).update(value=newest)
        Counter.objects.get_or_create(name=HOLDS)
        Counter.objects.filter(name=HOLDS).update(value=F("value") + 1)
        held = change_all(
            Task.objects.filter(held_since=None),
            State.QUEUED,
            State.SUBMITTING,
            to=State.QUEUED,
            happened=Happened(EventKind.HELD, text),
            held_since=now,
            was_held=True,
            # From now on nobody can say that it was not: what it cost is not known.
            sent_at=Coalesce("sent_at", Value(now)),
            claimed_until=None,
            reason=Reason.HELD,
        )
    logger.warning("%s %d tasks are held until an admin releases them.", why, held)
    return held


def after_restore() -> int:
    with transaction.atomic():
        held = hold(RESTORED, external_marks.read())
        Counter.objects.update_or_create(name=MARKED, defaults={"value": 1})
    external_marks.replace_all(_mark())
    return held
