"""What a waiting card says: its place in the line, and what it waits for."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Max, Min, QuerySet

from generation.models import QueueShare, Task, next_revision
from generation.scheduling.fair_queue import Capacity, capacity

QueueKey = tuple[UUID, int]
"""A key and a member."""


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """Where a task stands: `number` counts from 1, `before` how many of which other members.

    `key_full` and `member_full` are (tasks at the gateway, limit) when that is what it waits for,
    `key_paused` is set when it waits for a key that the gateway refuses.
    """

    number: int
    before: dict[str, int] = field(default_factory=dict)
    key_full: tuple[int, int] | None = None
    member_full: tuple[int, int] | None = None
    key_paused: bool = False


def queue_positions(tasks: Iterable[Task]) -> dict[UUID, QueuePosition]:
    """The place of each queued, due task among them; four queries however many there are."""
    keys = {task.key_id for task in tasks if task.state == Task.State.QUEUED and task.key_id}
    if not keys:
        return {}
    wanted = {task.pk for task in tasks}
    free, queues = capacity(), _Queues(keys)
    return {
        pk: _position(free, queues, line, index)
        for line, pks in queues.lines.items()
        for index, pk in enumerate(pks)
        if pk in wanted
    }


class _Queues:
    """The lines on some keys, and the order in which their owners are served."""

    def __init__(self, keys: Collection[UUID]) -> None:
        self.lines: dict[QueueKey, list[UUID]] = {}
        self.names: dict[int, str] = {}
        due = Task.objects.due_to_send().filter(key__in=keys).in_line()
        for key, owner, name, pk in due.values_list("key", "owner", "owner__username", "pk"):
            assert key is not None
            self.lines.setdefault((key, owner), []).append(pk)
            self.names[owner] = name
        turns = QueueShare.objects.filter(key__in=keys).order_by("served", "pk")
        self.order = {line: at for at, line in enumerate(turns.values_list("key", "owner"))}

    def before(self, line: QueueKey, index: int) -> dict[int, int]:
        """How many tasks of which others on the key go before the line's task at `index`."""
        mine, found = self.order.get(line, 0), {}
        for other, pks in self.lines.items():
            if other == line or other[0] != line[0]:
                continue
            rounds = index + (self.order.get(other, 0) < mine)
            if ahead := min(len(pks), rounds):
                found[other[1]] = ahead
        return found


def _position(free: Capacity, queues: _Queues, line: QueueKey, index: int) -> QueuePosition:
    key, owner = line
    before = queues.before(line, index)
    full_members = free.full_members
    # Who may not have more at the gateway lets the others pass.
    before = {other: tasks for other, tasks in before.items() if other not in full_members}
    return QueuePosition(
        number=index + 1 + sum(before.values()),
        before={queues.names[other]: tasks for other, tasks in before.items()},
        key_full=(free.on_key[key], free.key_limits[key]) if free.is_at_limit(key) else None,
        member_full=(
            (free.of_member[owner], settings.MAX_IN_FLIGHT_PER_MEMBER)
            if owner in full_members
            else None
        ),
        key_paused=key in free.paused,
    )


REFRESH_EVERY = 3.0
REFRESHED_AT_ONCE = 100
"""Cards of waiting tasks a refresh may show again; a longer line is refreshed less often."""

_last_shown: tuple[int, ...] = ()


def refresh_every(waiting: int) -> float:
    """Seconds between two refreshes of a line of that many."""
    return REFRESH_EVERY * max(1.0, waiting / REFRESHED_AT_ONCE)


def refresh_waiting_cards() -> float:
    """Lets the live page show waiting cards again if the line has moved; seconds until the next.

    The poller calls it: something is in flight, or to be tried again, whenever someone waits.
    """
    global _last_shown
    waiting = Task.objects.due_to_send()
    facts = waiting.aggregate(Count("pk"), Min("born_revision"), Max("born_revision"))
    count, first, last = facts.values()
    if not count:
        _last_shown = ()
        return REFRESH_EVERY
    moved = (count, first, last, Task.objects.in_flight().count())
    if moved != _last_shown:
        _last_shown = moved
        _touch(waiting, first, last)
    return refresh_every(count)


def _touch(waiting: QuerySet[Task], first: int, last: int) -> None:
    """One UPDATE. Each task gets a revision of its own: the live page counts on it."""
    with transaction.atomic():
        newest = next_revision(last - first + 1)
        rows = waiting.filter(born_revision__range=(first, last))
        rows.update(revision=F("born_revision") + (newest - last))
