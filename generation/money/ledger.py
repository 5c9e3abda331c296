"""Lines of money for each task: estimate, reserved, and charged or released in the end.

Called in the transaction of the change that moves the money, which has taken its revision: so the
lines of a task always add up to what the task says, whenever a process dies.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import DecimalField, OuterRef, Subquery, Sum, UUIDField, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from generation.models import NO_KEY, LedgerEntry, Output, Task, User
from generation.models.task import TaskQuerySet
from generation.workers.prepared_queries import Rows

from . import prices, rollup
from .amounts import micros
from .days import day_of

Kind = LedgerEntry.Kind
MICRO = Decimal("0.000001")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Because:
    """Why money moves: the kind of an event or what a person wrote; `discount` as it was sent."""

    reason: str
    actor: User | None = None
    discount: str = ""


def reserve(
    tasks: Sequence[Task], handles: Iterable[str], because: Because, *, holds: bool = True
) -> None:
    """Writes what the new tasks of one form may cost, and holds it, or nothing for now."""
    lines = []
    for task in tasks:
        key, amount = task.key_id or NO_KEY, task.estimate or ZERO
        lines.append(_line(task, key, Kind.ESTIMATE, amount, because))
        lines.append(_line(task, key, Kind.RESERVED, amount if holds else ZERO, because))
    LedgerEntry.objects.bulk_create(lines)
    estimate = sum(micros(task.estimate) for task in tasks)
    figures = {"tasks": len(tasks), "estimate": estimate, "held": estimate if holds else 0}
    rollup.add(_row(tasks[0], tasks[0].key_id or NO_KEY), figures, handles)


def hold(tasks: Sequence[Task], because: Because) -> None:
    """Holds what tasks of one form may cost that were made without."""
    key = tasks[0].key_id or NO_KEY
    lines = [_line(task, key, Kind.RESERVED, task.estimate or ZERO, because) for task in tasks]
    LedgerEntry.objects.bulk_create(lines)
    figures = {"held": sum(micros(task.estimate) for task in tasks)}
    rollup.add(_row(tasks[0], key), figures, rollup.handles_of(tasks[0]))


def settle(task_id: UUID, because: Because, *, ends: bool) -> None:
    """Books what the change just made of the task's money: its cost is told, or it has ended.

    `ends` says that it has ended with this change. What nobody knows stays reserved.
    """
    (booked,) = read(task_id)
    task = booked.task
    new = _due(booked, because)
    if new:
        LedgerEntry.objects.bulk_create(new)
    if ends and task.state == Task.State.COMPLETED:
        prices.learn(task)
    moved = dict(_moved(new, task))
    if ends:
        moved |= booked.end()
    rollup.add(_row(task, booked.key), moved, rollup.handles_of(task))


def correct(task_id: UUID, amount: Decimal, because: Because) -> None:
    """Books what a person or the bill says that an ended task has cost, whatever was known before."""
    (booked,) = read(task_id)
    task = booked.task
    before = booked.end()
    task.settled = amount
    new = _due(booked, because)
    LedgerEntry.objects.bulk_create(new)
    after = booked.end()
    moved = {**_moved(new, task), **rollup.difference(after, before)}
    rollup.add(_row(task, booked.key), moved, rollup.handles_of(task))


@dataclass(frozen=True, slots=True)
class Booked:
    """A task, and what its lines say so far; `charged` is None when none says so.

    `opened` is whether it has the lines that every task begins with.
    """

    task: Task
    key: UUID
    opened: bool
    estimate: Decimal
    reserved: Decimal
    released: Decimal
    charged: Decimal | None
    milliseconds: int

    @property
    def held(self) -> Decimal:
        return self.reserved - self.released

    def figures(self) -> rollup.Figures:
        amounts = {
            "estimate": micros(self.estimate),
            "held": micros(self.held),
            "charged": micros(self.charged),
            "most": max(0, micros(self.charged)),
        }
        return {"tasks": 1, **amounts, **(self.end() if self.task.finished_at else {})}

    def end(self) -> rollup.Figures:
        return rollup.end_of(self.task, micros(self.reserved), self.milliseconds)


def with_sums(tasks: TaskQuerySet) -> TaskQuerySet:
    files = Output.objects.filter(task=OuterRef("pk")).order_by().values("task")
    lines = LedgerEntry.objects.filter(task=OuterRef("pk"), kind=Kind.ESTIMATE).order_by("id")
    return tasks.only(*FACTS).annotate(
        of_key=Subquery(lines.values("key")[:1], output_field=UUIDField()),
        estimate_line=_sum(Kind.ESTIMATE),
        reserved_sum=_sum(Kind.RESERVED),
        released_sum=_sum(Kind.RELEASED),
        charged_sum=_sum(Kind.CHARGED),
        seconds=Coalesce(Subquery(files.annotate(all=Sum("duration")).values("all")), Value(0.0)),
    )


FACTS = (
    *("owner_id", "key_id", "key_label", "model", "state", "created_at", "finished_at", "sent_at"),
    *("was_held", "reason", "estimate", "cost", "settled", "params"),
)


def _sum(kind: str) -> Subquery:
    lines = LedgerEntry.objects.filter(task=OuterRef("pk"), kind=kind).order_by()
    return Subquery(
        lines.values("task").annotate(all=Sum("amount")).values("all"),
        output_field=DecimalField(max_digits=12, decimal_places=6),
    )


_booked = Rows(lambda pk: with_sums(Task.objects.filter(pk=pk)))


def read(task_id: UUID) -> list[Booked]:
    return [booked(task) for task in _booked(task_id)]


def booked(task: Any) -> Booked:
    """Of a task that was read `with_sums`."""
    return Booked(
        task,
        task.of_key or task.key_id or NO_KEY,
        None not in (task.estimate_line, task.reserved_sum),
        _exact(task.estimate_line) or ZERO,
        _exact(task.reserved_sum) or ZERO,
        _exact(task.released_sum) or ZERO,
        _exact(task.charged_sum),
        round(task.seconds * 1000),
    )


def _exact(amount: Decimal | None) -> Decimal | None:
    """SQLite adds up as floating point."""
    return None if amount is None else amount.quantize(MICRO)


def _due(booked: Booked, because: Because) -> list[LedgerEntry]:
    task, charge = booked.task, booked.task.charge
    told = task.cost is not None or task.settled is not None
    if charge is None or not (told or task.finished_at):
        return []
    lines = []
    more = charge - (booked.charged or ZERO)
    if more or (told and booked.charged is None):
        lines.append(_line(task, booked.key, Kind.CHARGED, more, because))
    if booked.held:
        lines.append(_line(task, booked.key, Kind.RELEASED, booked.held, because))
    return lines


def _moved(lines: Iterable[LedgerEntry], task: Task) -> rollup.Figures:
    moved = {"charged": 0, "held": 0}
    for line in lines:
        if line.kind == Kind.CHARGED:
            moved["charged"] += micros(line.amount)
            moved["most"] = micros(task.charge)
        else:
            moved["held"] -= micros(line.amount)
    return moved


def _line(task: Task, key: UUID, kind: str, amount: Decimal, because: Because) -> LedgerEntry:
    return LedgerEntry(
        kind=kind,
        task_id=task.pk,
        user_id=task.owner_id,
        key=key,
        key_label=task.key_label,
        model=task.model,
        amount=amount,
        discount=because.discount[:40] if kind == Kind.CHARGED else "",
        reason=because.reason[:200],
        actor=because.actor,
        created_at=timezone.now(),
    )


def _row(task: Task, key: UUID) -> rollup.Row:
    return rollup.Row(day_of(task.created_at), task.owner_id, key, task.key_label, task.model)


def enter(task: Task, because: Because) -> None:
    """All lines that a task should have by now, if it has none: of one that comes from elsewhere."""
    if not task.ledger.exists():
        reserve([task], task.subjects.values_list("handle", flat=True), because)
        settle(task.pk, because, ends=task.finished_at is not None)


def made_up(task: Task, because: Because) -> list[LedgerEntry]:
    """The lines of a made-up task that has no rows yet, each at the time when it would have come."""
    amount = task.estimate or ZERO
    new = Booked(task, NO_KEY, True, amount, amount, ZERO, None, 0)
    opening = [
        _line(task, NO_KEY, kind, amount, because) for kind in (Kind.ESTIMATE, Kind.RESERVED)
    ]
    closing = _due(new, because)
    for lines, at in ((opening, task.created_at), (closing, task.finished_at)):
        for line in lines:
            line.created_at = at or task.created_at
    return opening + closing
