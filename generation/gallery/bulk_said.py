"""Tags and the team's word, for many results at once.

Each says which it could not be done to: they stay as they are, and whoever asked takes back all or goes on.
"""

from collections import Counter
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from generation.lifecycle.transitions import Happened, new_revisions, record_all
from generation.models import EventKind, Output, Review, Tag, Task, User, Verdict, next_revision
from generation.models.said_words import renewed


def put_tags(tasks: Sequence[Task], by: User, names: Sequence[str]) -> list[Task]:
    """Those that have no room for them are given back."""
    pks = [task.pk for task in tasks]
    with renewed(pks):
        on_them = Tag.objects.filter(task__in=pks)
        there = set(on_them.filter(name__in=names).values_list("task", "name"))
        counts = Counter(on_them.values_list("task", flat=True))
        full, rows = [], []
        for task in tasks:
            fresh = [name for name in names if (task.pk, name) not in there]
            if fresh and counts[task.pk] + len(fresh) > Tag.MOST:
                full.append(task)
                continue
            rows += [Tag(task=task, name=name, by=by, made_at=task.created_at) for name in fresh]
        Tag.objects.bulk_create(rows, ignore_conflicts=True)
    return full


def take_tags(tasks: Sequence[Task], names: Sequence[str]) -> None:
    """Whoever has put them there."""
    pks = [task.pk for task in tasks]
    with renewed(pks):
        Tag.objects.filter(task__in=pks, name__in=names).delete()


def review_all(tasks: Sequence[Task], by: User, verdict: str) -> list[Task]:
    """Says what shall hold, "" that nothing does; those without a result are given back."""
    pks = [task.pk for task in tasks]
    with transaction.atomic():
        # Under its lock nobody else decides, and a task's state stays as the timeline says it.
        next_revision()
        stored = Output.objects.filter(task__in=pks, state=Output.State.STORED)
        made = set(stored.values_list("task", flat=True))
        before = dict(Review.objects.filter(task__in=pks).values_list("task", "verdict"))
        fresh = [one for one in tasks if one.pk in made and before.get(one.pk, "") != verdict]
        if fresh:
            _decide(fresh, by, verdict)
    return [task for task in tasks if task.pk not in made]


def _decide(tasks: Sequence[Task], by: User, verdict: str) -> None:
    rows = Task.objects.filter(pk__in=[task.pk for task in tasks])
    if verdict:
        said = {"verdict": verdict, "by": by, "at": timezone.now()}
        Review.objects.bulk_create(
            (Review(task=task, made_at=task.created_at, **said) for task in tasks),
            update_conflicts=True,
            unique_fields=["task"],
            update_fields=list(said),
        )
    else:
        Review.objects.filter(task__in=rows.values("pk")).delete()
    rows.update(revision=new_revisions(rows))
    words = Verdict(verdict).label if verdict else "Review taken back"
    happened = Happened(EventKind.REVIEWED, f"{words} by {by.username}.", who=by)
    record_all(dict(rows.values_list("pk", "state")), happened)
