"""The lengths of what is kept (generation/models/kept_result.py), made anew and compared, by day.

Triggers write them otherwise, and add to the roll-up what they change there.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import BooleanField, ExpressionWrapper

from generation.models import KeptResult, Task, TeamZone
from generation.models.kept import kept
from generation.models.task import TaskQuerySet

from .days import Days

AT_ONCE = 500

Place = tuple[date, int, UUID, str, int]
"""Day, member, key, model and milliseconds of one task."""

Kept = Mapping[UUID, Place]


def with_kept(tasks: TaskQuerySet) -> TaskQuerySet:
    return tasks.annotate(is_kept=ExpressionWrapper(kept(), BooleanField()))


def milliseconds_of(task: Any) -> int:
    """Of a task that was read with its sums and `with_kept`; 0 for what is not kept."""
    if task.state != Task.State.COMPLETED or not task.is_kept:
        return 0
    # As triggers do, which know no other way to round.
    return math.floor(task.seconds * 1000 + 0.5)


def follow_zone(*, anew: bool) -> None:
    """Lets triggers count by the days of the team's time zone; without `anew` only the first time."""
    there = TeamZone.objects.values_list("name", flat=True).first()
    if there is None or (anew and there != settings.TEAM_TIME_ZONE):
        TeamZone.objects.all().delete()
        TeamZone.objects.create(name=settings.TEAM_TIME_ZONE)


def other_zone() -> str:
    """The time zone of the figures, if it is not the team's; else ""."""
    name = TeamZone.objects.values_list("name", flat=True).first() or ""
    return "" if name == settings.TEAM_TIME_ZONE else name


def write(day: date, right: Kept) -> None:
    there = _there(day)
    wrong = [task for task, place in there.items() if right.get(task) != place]
    for low in range(0, len(wrong), AT_ONCE):
        KeptResult.objects.filter(pk__in=wrong[low : low + AT_ONCE]).delete()
    names = ("day", "user_id", "key", "model", "milliseconds")
    KeptResult.objects.bulk_create(
        [
            KeptResult(task_id=task, **dict(zip(names, place, strict=True)))
            for task, place in right.items()
            if there.get(task) != place
        ],
        batch_size=AT_ONCE,
    )


def differences(day: date, right: Kept) -> Iterator[str]:
    there = _there(day)
    for task in sorted({*there, *right}, key=str):
        is_now, should = there.get(task), right.get(task)
        if is_now != should:
            yield f"{day} task {task}: {_words(is_now)}, not {_words(should)}"


def _words(place: Place | None) -> str:
    return "not kept" if place is None else f"kept with {place[-1]} ms on {place[0]}"


def _there(day: date) -> dict[UUID, Place]:
    """Of the tasks of that day, and whatever else is said to be of it."""
    days = Days(day, day)
    of_tasks = {"task__created_at__gte": days.begin, "task__created_at__lt": days.end}
    names = ("task", "day", "user", "key", "model", "milliseconds")
    found = {}
    for only in (of_tasks, {"day": day}):
        for task, *place in KeptResult.objects.filter(**only).values_list(*names):
            found[task] = tuple(place)
    return found
