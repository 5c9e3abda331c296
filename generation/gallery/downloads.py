"""Notes which results have been downloaded: that is one of the ways to keep one."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from generation.models import Download, User


def note(given: Mapping[UUID, datetime], by: User | None) -> None:
    """Once for each task, by when that was made, however often it is downloaded; `by` is None for a guest."""
    known = Download.objects.filter(task__in=given).values_list("task", flat=True)
    fresh = given.keys() - set(known)
    rows = [Download(task_id=pk, by=by, made_at=given[pk]) for pk in fresh]
    Download.objects.bulk_create(rows, ignore_conflicts=True)
