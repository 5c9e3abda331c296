"""The trash: what has ended is hidden for 30 days, then its files go; its row and its money stay."""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from generation.lifecycle.transitions import ENDED, new_revisions
from generation.models import Output, Task, User, next_revision
from generation.models.output import POSTERS
from generation.models.task import TaskQuerySet

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=30)
PURGED_AT_ONCE = 200
EMPTIED_AT_ONCE = 50
"""Tasks whose files somebody waits for who empties the trash."""


class NotEnded(Exception):
    """Some of them are in flight, or nobody knows yet what became of them: `tasks`."""

    def __init__(self, tasks: list[Task]) -> None:
        self.tasks = tasks
        super().__init__()


def move(pks: Collection[UUID], at: datetime | None = None) -> datetime | None:
    """Hides all of these tasks, or none; the moment that all of them get: `at`, or now.

    None if all were in the trash already. Raises NotEnded.
    """
    with transaction.atomic():
        # Under its lock no task changes its state.
        next_revision()
        rows = Task.objects.kept().filter(pk__in=pks)
        if open_ones := list(rows.exclude(state__in=ENDED).select_related("owner")):
            raise NotEnded(open_ones)
        if not rows.exists():
            return None
        now = at or timezone.now()
        rows.update(trashed_at=now, revision=new_revisions(rows))
    return now


def restore(tasks: TaskQuerySet) -> int:
    """Brings back those of `tasks` that are still in the trash; how many that were."""
    with transaction.atomic():
        next_revision()
        pks = list(tasks.in_trash().values_list("pk", flat=True))
        rows = Task.objects.filter(pk__in=pks)
        return rows.update(trashed_at=None, revision=new_revisions(rows)) if pks else 0


def restore_one(pk: UUID) -> int:
    return restore(Task.objects.filter(pk=pk))


def purge(pk: UUID) -> bool:
    """Removes the files of one task in the trash, for ever; False if it is there no more.

    Files first: what is interrupted leaves a row in the trash, and is done again.
    """
    with transaction.atomic():
        waiting = Task.objects.in_trash().filter(pk=pk)
        # The first statement writes, so that nobody restores meanwhile.
        if not waiting.update(purged_at=timezone.now()):
            return False
        freed = 0
        for output in Output.objects.filter(task=pk, state=Output.State.STORED):
            freed += (output.bytes or 0) + output.poster_bytes
            _remove_files(output)
        owner = Task.objects.filter(pk=pk).values("owner")
        User.objects.filter(pk__in=owner, stored_bytes__gte=freed).update(
            stored_bytes=F("stored_bytes") - freed
        )
    return True


def _remove_files(output: Output) -> None:
    names = ["file", *POSTERS.values()]
    for name in names:
        file = getattr(output, name)
        if file:
            file.storage.delete(file.name)
            setattr(output, name, "")
    output.state = Output.State.PURGED
    output.save(update_fields=["state", *names])


def empty(owner: User) -> int:
    """Purges all that this member has in the trash; how many tasks that were.

    Of many the first ones at once; for all others their 30 days are over, and the job does the rest.
    """
    mine = Task.objects.in_trash().filter(owner=owner)
    pks = list(mine.values_list("pk", flat=True))
    if len(pks) > EMPTIED_AT_ONCE:
        over = timezone.now() - KEPT_FOR
        mine.filter(trashed_at__gt=over).update(trashed_at=over)
    for pk in pks[:EMPTIED_AT_ONCE]:
        purge(pk)
    return len(pks)


def purge_due() -> None:
    """What has been in the trash for long enough, some at a time: the job comes every minute."""
    due = Task.objects.in_trash().filter(trashed_at__lte=timezone.now() - KEPT_FOR)
    for pk in list(due.order_by("trashed_at").values_list("pk", flat=True)[:PURGED_AT_ONCE]):
        try:
            purge(pk)
        except OSError as error:
            # The storage does not answer: the next minute is another try.
            logger.warning("the files of task %s cannot be removed yet: %s", pk, error)
            return
