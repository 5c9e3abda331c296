"""Tiles that were drawn before, known by everything that they were drawn from.

Nothing has to be told of a change: what has changed is another drawing. See
docs/decisions/tiles-in-jinja.md.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from operator import itemgetter
from threading import Lock

from django.utils import timezone

from generation.models import Image, Output, Review, Task, TaskImage, User
from generation.people.access import is_admin

from .cards import Card

MOST = 1_500
"""Drawings that a process keeps: about eight kilobytes each, with what they are known by."""


Row = Task | Output | Review | TaskImage | Image


def _columns(model: type[Row], *without: str) -> Callable[[Row], Hashable]:
    names = [field.attname for field in model._meta.concrete_fields]
    take = itemgetter(*(name for name in names if name not in without))
    # Not by attributes: each file would be an object of its own.
    return lambda row: take(row.__dict__)


# Whole rows, so that nothing is forgotten that a tile may come to show.
of_task = _columns(Task, "params")
of_output, of_review = _columns(Output), _columns(Review)
of_input, of_image = _columns(TaskImage), _columns(Image)


def of_owner(owner: User) -> Hashable:
    """Not the whole row, which knows when they were seen last."""
    return owner.username, str(owner.picture), owner.public_id


def drawn_from(card: Card) -> Hashable:
    """All that makes the tile: rows, who looks, and in which zone; None while it changes by itself."""
    task = card.task
    if card.running:
        return None
    review = getattr(task, "review", None)
    return (
        (card.mine, is_admin(card.user), card.liked, timezone.get_current_timezone_name()),
        (of_task(task), repr(task.params), of_owner(task.owner), review and of_review(review)),
        tuple(map(of_output, task.outputs.all())),
        tuple((of_input(one), one.image and of_image(one.image)) for one in task.images.all()),
    )


class Drawings:
    """The latest that were asked for; for all threads of a process."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._lock = most, Lock()
        self._kept: OrderedDict[Hashable, str] = OrderedDict()

    def get(self, known_by: Hashable, draw: Callable[[], str]) -> str:
        with self._lock:
            # Taken out and put back at the end: what it is known by is long to look up.
            drawn = self._kept.pop(known_by, None)
            if drawn is not None:
                self._kept[known_by] = drawn
                return drawn
        drawn = draw()
        with self._lock:
            self._kept[known_by] = drawn
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return drawn
