"""Many results at once, done by a worker: some at a time, each time wholly or not at all."""

import hashlib
import time
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from generation.lifecycle import trash
from generation.models import BulkJob, Task, User
from generation.people import access
from generation.people.audit import audit_of
from generation.workers.wakeups import wake

from . import bulk, bulk_said, everything
from .filters import Filters
from .places import HIGHEST, cursor_of, position_of
from .reading import read
from .selection import Selection

JOB = "generation.jobs.bulk"
AT_ONCE = 200
"""Results that one transaction takes, and that a request does itself."""

CLAIM = timedelta(minutes=3)
ONE_TURN = 60
"""Seconds after which a worker lets others have a turn."""

KEPT_FOR = timedelta(days=7)


def start(by: User, action: str, value: str = "", filters: Filters | None = None) -> BulkJob:
    """A new one; the one that is under way when the same is wished again."""
    query = filters.query if filters else ""
    sameness = hashlib.sha256(f"{action}\n{value}\n{query}".encode()).hexdigest()
    fields = {"action": action, "value": value, "query": query}
    now = timezone.now()
    edge = cursor_of(now, HIGHEST)
    try:
        with transaction.atomic():
            job = BulkJob.objects.create(
                by=by, sameness=sameness, pressed_at=now, edge=edge, **fields
            )
            wake(JOB, str(job.pk))
    except IntegrityError:
        found = BulkJob.objects.filter(by=by, sameness=sameness).order_by("-pressed_at").first()
        if found is None:
            raise
        return found
    return job


def wake_due() -> None:
    """Once a minute: what no worker has in hand, as a message was lost or its worker died."""
    now = timezone.now()
    waits = Q(claimed_until=None, pressed_at__lt=now - timedelta(minutes=1))
    due = BulkJob.objects.filter(waits | Q(claimed_until__lt=now), finished_at=None)
    for pk in due.values_list("pk", flat=True):
        wake(JOB, str(pk))
    BulkJob.objects.filter(finished_at__lt=now - KEPT_FOR).delete()


def work(pk: UUID) -> None:
    """Of several workers, one goes on with it."""
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    if not _open(pk).filter(free).update(claimed_until=now + CLAIM):
        return
    end = time.monotonic() + ONE_TURN
    while _step(pk):
        if time.monotonic() > end:
            _open(pk).update(claimed_until=None)
            wake(JOB, str(pk))
            return


def _open(pk: UUID) -> QuerySet[BulkJob]:
    return BulkJob.objects.filter(pk=pk, finished_at=None)


def _step(pk: UUID) -> bool:
    """Whether there is more to do."""
    with transaction.atomic():
        # A write first, so that of two that go on with it one waits, and then sees what was done.
        if not _open(pk).update(claimed_until=timezone.now() + CLAIM):
            return False
        job = BulkJob.objects.select_related("by").get(pk=pk)
        if not job.by.is_active:
            job.edge = ""
        elif job.action == BulkJob.Action.RESTORE:
            _bring_back(job)
        else:
            _go_on(job)
        job.finished_at = None if job.edge else timezone.now()
        job.save(update_fields=["edge", "total", "seen", "done", "finished_at"])
        return not job.finished_at


def _go_on(job: BulkJob) -> None:
    address = QueryDict(job.query).dict()
    filters = read(job.by, {name: str(value) for name, value in address.items()})
    if filters.wrong:  # what it meant has gone meanwhile
        job.edge = ""
        return
    if job.total is None:
        job.total = everything.count(job.by, filters)
    places, further = everything.batch(job.by, filters, position_of(job.edge), AT_ONCE)
    if places:
        chosen = everything.selection(job.by, places)
        job.seen += len(chosen.tasks)
        job.done += _act(job, chosen)
    job.edge = cursor_of(*further) if further else ""


def _act(job: BulkJob, chosen: Selection) -> int:
    """How many it was done to: what does not allow it stays as it is."""
    match job.action:
        case BulkJob.Action.FAVOURITE:
            bulk.like(chosen)
        case BulkJob.Action.UNFAVOURITE:
            bulk.unlike(chosen)
        case BulkJob.Action.VISIBILITY:
            chosen = _own(chosen)
            if chosen.tasks:
                bulk.show_to(chosen, job.value)
                changed = bulk.seen_otherwise(chosen.tasks, job.value)
                _note(job.by, "task.visibility-changed", changed)
        case BulkJob.Action.TAG:
            full = bulk_said.put_tags(chosen.tasks, job.by, job.value.split(","))
            return len(chosen.tasks) - len(full)
        case BulkJob.Action.UNTAG:
            bulk_said.take_tags(chosen.tasks, job.value.split(","))
        case BulkJob.Action.REVIEW:
            bare = bulk_said.review_all(chosen.tasks, job.by, job.value)
            return len(chosen.tasks) - len(bare)
        case BulkJob.Action.TRASH:
            return _throw_away(job, _own(chosen))
    return len(chosen.tasks)


def _own(chosen: Selection) -> Selection:
    tasks = [task for task in chosen.tasks if access.may_decide(chosen.user, task)]
    return Selection(chosen.user, tasks)


def _throw_away(job: BulkJob, chosen: Selection) -> int:
    tasks = {task.pk: task for task in chosen.tasks}
    try:
        trash.move(tasks, at=job.pressed_at)
    except trash.NotEnded as running:
        for task in running.tasks:
            del tasks[task.pk]
        # What has ended stays so.
        trash.move(tasks, at=job.pressed_at)
    _note(job.by, "task.trashed", list(tasks.values()))
    return len(tasks)


def _bring_back(job: BulkJob) -> None:
    mine = access.decidable_tasks(job.by).in_trash()
    found = list(mine.filter(trashed_at=datetime.fromisoformat(job.value))[:AT_ONCE])
    if job.total is None:
        job.total = mine.filter(trashed_at=datetime.fromisoformat(job.value)).count()
    trash.restore(Task.objects.filter(pk__in=[task.pk for task in found]))
    _note(job.by, "task.untrashed", found)
    job.seen += len(found)
    job.done += len(found)
    if len(found) < AT_ONCE:
        job.edge = ""


def _note(by: User, what: str, tasks: list[Task]) -> None:
    """A row for each that an admin does it to and that is somebody else's."""
    audit_of(by, what, [task.pk for task in tasks if not access.is_own(by, task)])
