"""Comments by guests of a share link: plain text under a name that they type, and marked as a guest's."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from generation.models import Comment, Output, Share, Task, next_revision

from .commenting import TooManyComments, note

MOST_SHOWN = 500
MOST_OF_GUESTS = 200
"""On one task: the rest of what it takes is left to members."""


class TooManyOfGuests(TooManyComments):
    def __str__(self) -> str:
        return "Guests have said a lot about this already: tell it who gave you the link."


def write_as_guest(share: Share, task: Task, name: str, text: str, second: float | None) -> None:
    """Mentions tell nobody: a guest is no member. Raises TooManyComments."""
    with transaction.atomic():
        # Its lock counts them one after the other.
        next_revision()
        there = Comment.objects.filter(task=task)
        if there.filter(member=None).count() >= MOST_OF_GUESTS:
            raise TooManyOfGuests
        if there.count() >= Comment.MOST:
            raise TooManyOfGuests
        made = Comment.objects.create(task=task, share=share, guest=name, text=text, second=second)
        note(made, None)


def said_by_guests(share: Share, outputs: Sequence[Output]) -> dict[UUID, list[Comment]]:
    """What guests of this link have said, oldest first, by task; what members say is not for them."""
    tasks = {one.task_id for one in outputs}
    found = Comment.objects.filter(share=share, member=None, task__in=tasks)
    talk: dict[UUID, list[Comment]] = {}
    for one in reversed(found.order_by("-written_at", "-id")[:MOST_SHOWN]):
        talk.setdefault(one.task_id, []).append(one)
    return talk
