"""The team's word on a result: approved, needs work, rejected, and what was said before."""

from django.db import transaction
from django.utils import timezone

from generation.lifecycle.transitions import Happened, record
from generation.models import EventKind, Output, Review, Task, User, Verdict, next_revision


class NothingToReview(Exception):
    def __str__(self) -> str:
        return "There is no result to review yet."


def review(task: Task, who: User, verdict: str) -> bool:
    """Says what shall hold, "" that nothing does; False when it is so already. Raises NothingToReview.

    Open galleries notice it as any other change of the task; the timeline says who it was.
    """
    with transaction.atomic():
        # Under its lock nobody else decides, and the task's state stays as the timeline says it.
        revision = next_revision()
        stored = Output.objects.filter(task=task, state=Output.State.STORED)
        if not stored.exists():
            raise NothingToReview
        before = Review.objects.filter(task=task).first()
        if (before.verdict if before else "") == verdict:
            return False
        if verdict:
            said = {"verdict": verdict, "by": who, "at": timezone.now()}
            more = said | {"made_at": task.created_at}
            Review.objects.update_or_create(task=task, defaults=said, create_defaults=more)
        else:
            Review.objects.filter(task=task).delete()
        Task.objects.filter(pk=task.pk).update(revision=revision)
        state = Task.objects.values_list("state", flat=True).get(pk=task.pk)
        words = Verdict(verdict).label if verdict else "Review taken back"
        happened = Happened(EventKind.REVIEWED, f"{words} by {who.username}.", who=who)
        record(task.pk, state, happened)
    return True
