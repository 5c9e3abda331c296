"""The line before the gateway: members on a key take turns, and limits are kept.

Each member has a line of their own on each key. Whoever was served longest ago goes next, so a
batch of forty does not block a colleague's single task (issue 3, section 4). Nothing here reads
a whole line: one index step finds the first of it.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Subquery

from generation.models import ApiKey, Task, Turn

from .bells import ring_submit


@dataclass(frozen=True, slots=True)
class Room:
    """What is at the gateway now, and how much of it may be. A limit of 0 is none."""

    key_limits: dict[UUID, int]
    on_key: Counter[UUID | None]
    of_member: Counter[int]

    @property
    def full_keys(self) -> list[UUID]:
        return [key for key, most in self.key_limits.items() if most and self.on_key[key] >= most]

    @property
    def full_members(self) -> list[int]:
        most = settings.MAX_IN_FLIGHT_PER_MEMBER
        return [member for member, tasks in self.of_member.items() if most and tasks >= most]

    def has(self, key: UUID | None, member: int) -> bool:
        return key not in self.full_keys and member not in self.full_members


def room() -> Room:
    """Two small queries, one if nothing is limited."""
    limits = {
        key: settings.MAX_IN_FLIGHT_PER_KEY if most is None else most
        for key, most in ApiKey.objects.values_list("pk", "max_in_flight")
    }
    on_key: Counter[UUID | None] = Counter()
    of_member: Counter[int] = Counter()
    if any(limits.values()) or settings.MAX_IN_FLIGHT_PER_MEMBER:
        flights = Task.objects.in_flight().values_list("key", "owner").annotate(Count("pk"))
        for key, member, tasks in flights:
            on_key[key] += tasks
            of_member[member] += tasks
    return Room(limits, on_key, of_member)


def join(key_id: UUID, owner_id: int) -> None:
    """Makes sure that the member has a turn on the key."""
    Turn.objects.get_or_create(key_id=key_id, owner_id=owner_id)


def next_task(*, without: Collection[UUID] = ()) -> UUID | None:
    """The task whose turn it is; `without` are keys that have to wait. It is not claimed yet."""
    free = room()
    due = Task.objects.due_to_send().filter(key=OuterRef("key"), owner=OuterRef("owner"))
    turns = Turn.objects.filter(Exists(due)).exclude(key__in={*free.full_keys, *without})
    turns = turns.exclude(owner__in=free.full_members)
    first = Subquery(due.in_line().values("pk")[:1])
    task = turns.order_by("served", "pk").values_list(first, flat=True).first()
    return task or _orphan()


def _orphan() -> UUID | None:
    """A task whose key was deleted: there is nothing to wait for."""
    return Task.objects.due_to_send().filter(key=None).values_list("pk", flat=True).first()


def has_room(task_id: UUID) -> bool:
    """Whether there is still room for the task.

    Call inside atomic(), after next_revision(): under its lock nobody else counts meanwhile.
    """
    line = Task.objects.filter(pk=task_id).values_list("key", "owner").first()
    return line is not None and room().has(*line)


def turn_over(task_id: UUID, revision: int) -> None:
    """The task was taken at `revision`: now it is everyone else's turn."""
    served = Task.objects.filter(pk=task_id, key=OuterRef("key"), owner=OuterRef("owner"))
    Turn.objects.filter(Exists(served)).update(served=revision)


def adopt() -> bool:
    """Lets due tasks stand in line whose row was not made by `submit`; whether there were any.

    Reads the whole line, so it is asked once a job at most.
    """
    lines = Turn.objects.filter(key=OuterRef("key"), owner=OuterRef("owner"))
    strays = Task.objects.due_to_send().exclude(key=None).exclude(Exists(lines))
    found = set(strays.values_list("key", "owner"))
    for key, owner in found:
        join(key, owner)
    return bool(found)


def ring_if_waited_for() -> None:
    """Rings for a sender if anyone waits for the room that has just become free."""
    if Task.objects.due_to_send().exists():
        ring_submit()
