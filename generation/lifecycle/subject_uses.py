"""Counts what is made with subjects, in the transactions that make and end tasks.

So pages add up a few rows a subject, whatever the history.
"""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.db import models, transaction
from django.db.models import Count, F, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from generation.models import SubjectUse, Task, TaskSubject
from generation.models.subject_use import UNKNOWN_VERSION
from generation.workers.prepared_queries import Rows

USD = models.DecimalField(max_digits=14, decimal_places=6)
GOOD, BAD = (Task.State.COMPLETED,), (Task.State.FAILED, Task.State.LOST)


def count_made(task: Task, given: Sequence[TaskSubject]) -> None:
    """Counts a new task for each of its subjects, and lets them know where, before they are stored.

    For the transaction that makes the task and holds the revision's lock: nobody else adds a row.
    """
    for entry in given:
        if entry.subject_id is None:
            continue
        entry.use, _ = SubjectUse.objects.get_or_create(
            subject_id=entry.subject_id,
            number=entry.version.number if entry.version else UNKNOWN_VERSION,
            member_id=task.owner_id,
            visibility=task.visibility,
        )
        SubjectUse.objects.filter(pk=entry.use.pk).update(tasks=F("tasks") + 1)


_counted = Rows(lambda pk: TaskSubject.objects.filter(task=pk, use__isnull=False))


def count_ended(task_id: UUID, state: str) -> None:
    """For the transaction in which a task ends, after its last cost is written."""
    if not _counted.any(task_id):
        return
    ended = {"completed": GOOD, "failed": BAD}
    cost = Task.objects.filter(pk=task_id).values("cost")[:1]
    SubjectUse.objects.filter(pk__in=TaskSubject.objects.filter(task=task_id).values("use")).update(
        spent=F("spent") + Coalesce(Subquery(cost), Value(0), output_field=USD),
        **{name: F(name) + 1 for name, states in ended.items() if state in states},
    )


def correct(task_id: UUID, more: Decimal) -> None:
    """What a task has cost turns out to be so much more, or less."""
    if more and _counted.any(task_id):
        rows = SubjectUse.objects.filter(
            pk__in=TaskSubject.objects.filter(task=task_id).values("use")
        )
        rows.update(spent=F("spent") + more)


def recount() -> None:
    """Counts everything anew, to call when tasks come in from elsewhere."""
    of_task = ("subject", "version__number", "task__owner", "task__visibility")
    known = TaskSubject.objects.filter(subject__isnull=False).order_by()
    ended = Q(task__finished_at__isnull=False)
    counted = known.values_list(*of_task).annotate(
        made=Count("pk"),
        completed=Count("pk", filter=Q(task__state__in=GOOD)),
        failed=Count("pk", filter=Q(task__state__in=BAD)),
        spent=Sum(Coalesce("task__settled", "task__cost"), filter=ended),
    )
    with transaction.atomic():
        # In place: tasks that run know their row.
        for subject, number, member, visibility, tasks, completed, failed, spent in counted:
            SubjectUse.objects.update_or_create(
                subject_id=subject,
                number=number or UNKNOWN_VERSION,
                member_id=member,
                visibility=visibility,
                defaults={
                    "tasks": tasks,
                    "completed": completed,
                    "failed": failed,
                    "spent": spent or 0,
                },
            )
