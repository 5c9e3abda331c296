"""The queue before the gateway: members on a key are served in turn, and limits are kept.

Each member has a line of their own on each key. Whoever was served longest ago goes next, so a
batch of forty does not block a colleague's single task. Nothing here reads
a whole line: one index step finds the first of it.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from generation.models import ApiKey, QueueShare, Task
from generation.workers.prepared_queries import Rows, Write
from generation.workers.wakeups import wake_dispatch

QueueKey = tuple[UUID | None, int]
"""A key (None once it is deleted) and a member."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What is at the gateway now, and how much of it may be. A limit of 0 is none.

    Of `paused` keys nothing may be, as the gateway refuses them.
    """

    key_limits: dict[UUID, int]
    on_key: Counter[UUID | None]
    of_member: Counter[int]
    paused: Collection[UUID] = ()

    @property
    def full_keys(self) -> list[UUID]:
        return [key for key in self.key_limits if key in self.paused or self.is_at_limit(key)]

    def is_at_limit(self, key: UUID) -> bool:
        most = self.key_limits[key]
        return most > 0 and self.on_key[key] >= most

    @property
    def full_members(self) -> list[int]:
        most = settings.MAX_IN_FLIGHT_PER_MEMBER
        return [member for member, tasks in self.of_member.items() if most and tasks >= most]

    def has(self, key: UUID | None, member: int) -> bool:
        return key not in self.full_keys and member not in self.full_members


_limits = Rows(
    lambda: ApiKey.objects.order_by().values_list("pk", "max_in_flight", "active", "paused_at")
)


def capacity() -> Capacity:
    """Two small queries, one if nothing is limited."""
    limits, paused = {}, []
    for key, most, active, paused_at in _limits():
        limits[key] = settings.MAX_IN_FLIGHT_PER_KEY if most is None else most
        # What is queued on a key that is switched off fails, and does not wait.
        if active and paused_at is not None:
            paused.append(key)
    on_key: Counter[UUID | None] = Counter()
    of_member: Counter[int] = Counter()
    if any(limits.values()) or settings.MAX_IN_FLIGHT_PER_MEMBER:
        flights = Task.objects.in_flight().values_list("key", "owner").annotate(Count("pk"))
        for key, member, tasks in flights:
            on_key[key] += tasks
            of_member[member] += tasks
    return Capacity(limits, on_key, of_member, paused)


def join(key_id: UUID, owner_id: int) -> None:
    QueueShare.objects.get_or_create(key_id=key_id, owner_id=owner_id)


def next_task(*, without: Collection[UUID] = ()) -> UUID | None:
    """The task whose turn it is; `without` are keys that have to wait. It is not claimed yet."""
    free, now = capacity(), timezone.now()
    keys = {*free.full_keys, *without}
    first = _first(len(keys)).first(now, *keys, *free.full_members)
    return first or _orphan.first(now)


@lru_cache(maxsize=32)
def _first(keys: int) -> Rows[UUID | None]:
    def make(now: datetime, *without: Any) -> QuerySet[QueueShare, UUID | None]:
        due = Task.objects.due_to_send(now).filter(key=OuterRef("key"), owner=OuterRef("owner"))
        turns = QueueShare.objects.filter(Exists(due)).exclude(key__in=without[:keys])
        turns = turns.exclude(owner__in=without[keys:]).order_by("served", "pk")
        return turns.values_list(Subquery(due.in_line().values("pk")[:1]), flat=True)[:1]

    return Rows(make)


_orphan = Rows(
    lambda now: Task.objects.due_to_send(now).filter(key=None).values_list("pk", flat=True)[:1]
)
"""Tasks whose key was deleted: there is nothing to wait for."""

_lines = Rows(lambda task_id: Task.objects.filter(pk=task_id).values_list("key", "owner"))


def queue_of(task_id: UUID) -> QueueKey | None:
    return _lines.first(task_id)


def has_capacity(line: QueueKey | None) -> bool:
    """Whether there is still room for a task of the line. Without a key it needs none: it fails.

    Call inside atomic(), after next_revision(): under its lock nobody else counts meanwhile.
    """
    return line is not None and (line[0] is None or capacity().has(*line))


_serve = Write(lambda owner, key: QueueShare.objects.filter(key=key, owner=owner))


def mark_served(line: QueueKey | None, revision: int) -> None:
    if line is not None and line[0] is not None:
        _serve(line[1], line[0], served=revision)


def _without_turn(now: datetime) -> QuerySet[Task, Any]:
    turns = QueueShare.objects.filter(key=OuterRef("key"), owner=OuterRef("owner"))
    strays = Task.objects.due_to_send(now).exclude(key=None).exclude(Exists(turns))
    return strays.order_by().values_list("key", "owner")


_strays = Rows(_without_turn)


def add_missing_shares() -> bool:
    """Lets due tasks stand in line whose row was not made by `enqueue`; whether there were any.

    Reads the whole line, so it is asked once a job at most.
    """
    found = set(_strays(timezone.now()))
    for key, owner in found:
        join(key, owner)
    return bool(found)


_due = Rows(Task.objects.due_to_send)


def wake_if_waiting() -> None:
    if _due.any(timezone.now()):
        wake_dispatch()
