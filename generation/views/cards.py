"""Tasks as cards, with what only the database knows about them asked for once a page."""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from generation.models import Favourite, Task, User
from generation.presenters.cards import Card
from generation.scheduling.poll_schedule import seconds_left
from generation.scheduling.queue_position import queue_positions as places_of


def cards(tasks: Sequence[Task], user: User) -> list[Card]:
    """The cards of a page, in a constant number of queries; the tasks loaded by `for_cards`."""
    queue_positions, liked = places_of(tasks), _liked(tasks, user)
    return [
        Card(task, user, queue_positions.get(task.pk), _left(task), liked=task.pk in liked)
        for task in tasks
    ]


def _liked(tasks: Sequence[Task], user: User) -> set[UUID]:
    shown = [task.pk for task in tasks if not hasattr(task, "liked")]
    known = {task.pk for task in tasks if getattr(task, "liked", False)}
    mine = Favourite.objects.filter(member=user, task__in=shown)
    return known | set(mine.values_list("task", flat=True)) if shown else known


def card(task: Task, user: User) -> Card:
    return cards([task], user)[0]


def _left(task: Task) -> float | None:
    generating = task.state == Task.State.PROCESSING
    return seconds_left(task, timezone.now()) if generating else None
