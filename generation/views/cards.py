"""Tasks as cards, with what only the database knows about them asked for once a page."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.utils import timezone

from generation.models import Favourite, Task, User
from generation.presenters.cards import Card
from generation.scheduling.poll_schedule import seconds_left
from generation.scheduling.queue_position import queue_positions as places_of


def cards(tasks: Sequence[Task], user: User, liked: Collection[UUID] | None = None) -> list[Card]:
    """The cards of a page, in a constant number of queries; the tasks loaded by `for_cards` or
    `tasks_for_cards`, which tells also which of them the user has given a heart."""
    queue_positions = places_of(tasks)
    if liked is None:
        liked = _liked(tasks, user)
    return [
        Card(task, user, queue_positions.get(task.pk), _left(task), liked=task.pk in liked)
        for task in tasks
    ]


def _liked(tasks: Sequence[Task], user: User) -> set[UUID]:
    mine = Favourite.objects.filter(member=user, task__in=[task.pk for task in tasks])
    return set(mine.values_list("task", flat=True)) if tasks else set()


def card(task: Task, user: User) -> Card:
    return cards([task], user)[0]


def _left(task: Task) -> float | None:
    generating = task.state == Task.State.PROCESSING
    return seconds_left(task, timezone.now()) if generating else None
