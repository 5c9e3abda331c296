"""Tasks with all that their cards show, made into instances once as long as their rows are the same.

Rows are read for every page, whoever asks: nothing has to be told of a change, and nobody gets what
was not read for them. See docs/decisions/tiles-in-jinja.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, QuerySet

from generation.latest import Latest

from .favourite import Favourite
from .fetched import Fetched, Row, Statement
from .output import Output
from .task import Task
from .task_input import TaskImage
from .user import User

MOST = 1_500
"""Tasks that a process keeps, about ten kilobytes each with their drawings."""

OF_OWNER = ("id", "username", "picture", "public_id")
"""Not the whole row, which knows when they were seen last."""

M = TypeVar("M", bound=Model)

KEPT = Latest[tuple[Row, Task]](MOST)
"""By id: the rows that each was made of."""


def _of_tasks(pks: Sequence[UUID], member: int) -> QuerySet[Task]:
    hearts = Favourite.objects.filter(member=member, task=OuterRef("pk"))
    owners = [f"owner__{field.name}" for field in User._meta.concrete_fields]
    unread = [name for name in owners if name.removeprefix("owner__") not in OF_OWNER]
    tasks = Task.objects.filter(pk__in=pks).select_related("owner", "review").defer(*unread)
    return tasks.annotate(liked=Exists(hearts))


def _of_outputs(pks: Sequence[UUID], member: int) -> QuerySet[Output]:
    return Output.objects.filter(task__in=pks)


def _of_images(pks: Sequence[UUID], member: int) -> QuerySet[TaskImage]:
    # In a query of their own: joined, PostgreSQL may read the inputs of all tasks to sort them.
    return TaskImage.objects.filter(task__in=pks).select_related("image")


TASKS, OUTPUTS = Statement(Task, _of_tasks), Statement(Output, _of_outputs)
IMAGES = Statement(TaskImage, _of_images)


def tasks_for_cards(pks: Iterable[UUID], user: User) -> tuple[list[Task], set[UUID]]:
    """Those tasks in that order, for reading only, and which of them `user` has given a heart.

    Three queries. What they do not load of a task must not be asked of it: it would be kept.
    """
    wanted = list(pks)
    if not wanted:
        return [], set()
    tasks = TASKS.fetch(wanted, user.pk)
    outputs, images = OUTPUTS.fetch(wanted, user.pk), IMAGES.fetch(wanted, user.pk)
    pk, liked = tasks.columns["id"], tasks.columns["liked"]
    of_outputs, of_images = _by_task(outputs), _by_task(images)
    known: dict[UUID, tuple[Task, bool]] = {}
    missing: list[tuple[Row, Row]] = []
    for row in tasks.rows:
        # All but the heart, which is one's own.
        rows = (row[:liked] + row[liked + 1 :], of_outputs[row[pk]], of_images[row[pk]])
        before, task = KEPT.get(row[pk]) or (None, None)
        if task is None or before != rows:
            missing.append((row, rows))
        else:
            known[task.pk] = task, bool(row[liked])
    made = tasks.instances([row for row, _ in missing])
    _give(made, "outputs", outputs, [rows[1] for _, rows in missing])
    _give(made, "images", images, [rows[2] for _, rows in missing])
    for one, (row, rows) in zip(made, missing, strict=True):
        one.drawings = {}
        KEPT.put(row[pk], (rows, one))
        known[one.pk] = one, bool(row[liked])
    found = [known[key] for key in wanted if key in known]
    return [task for task, _ in found], {task.pk for task, heart in found if heart}


def _by_task(fetched: Fetched[M]) -> Mapping[Any, Row]:
    task, found = fetched.columns["task_id"], defaultdict[Any, Row](tuple)
    for row in fetched.rows:
        found[row[task]] += (row,)
    return found


def _give(tasks: Sequence[Task], name: str, fetched: Fetched[M], rows: Sequence[Row]) -> None:
    """As prefetch_related would."""
    made = iter(fetched.instances([row for of_task in rows for row in of_task]))
    for task, of_task in zip(tasks, rows, strict=True):
        manager = getattr(task, name)
        given = manager.get_queryset()
        given._result_cache = [next(made) for _ in of_task]
        given._prefetch_done = True
        for one in given._result_cache:
            one._meta.get_field("task").set_cached_value(one, task)
        vars(task).setdefault("_prefetched_objects_cache", {})[name] = given
