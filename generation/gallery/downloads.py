"""Notes which results have been downloaded: that is one of the ways to keep one."""

from collections.abc import Iterable

from generation.models import Download, Task, User


def note(tasks: Iterable[Task], by: User | None) -> None:
    """Once for each task, however often it is downloaded; `by` is None for a guest."""
    given = {task.pk: task for task in tasks}
    known = Download.objects.filter(task__in=given).values_list("task", flat=True)
    for pk in known:
        del given[pk]
    fresh = [Download(task=task, by=by, made_at=task.created_at) for task in given.values()]
    Download.objects.bulk_create(fresh, ignore_conflicts=True)
