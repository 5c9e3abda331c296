"""Tasks as cards, with what only the database knows about them asked for once a page."""

from collections.abc import Sequence

from django.utils import timezone

from generation.models import Task, User
from generation.presenters.cards import Card
from generation.scheduling.poll_schedule import seconds_left
from generation.scheduling.queue_position import queue_positions as places_of


def cards(tasks: Sequence[Task], user: User) -> list[Card]:
    """The cards of a page, in a constant number of queries; the tasks loaded by `for_cards`."""
    queue_positions = places_of(tasks)
    return [Card(task, user, queue_positions.get(task.pk), _left(task)) for task in tasks]


def card(task: Task, user: User) -> Card:
    return cards([task], user)[0]


def _left(task: Task) -> float | None:
    generating = task.state == Task.State.PROCESSING
    return seconds_left(task, timezone.now()) if generating else None
