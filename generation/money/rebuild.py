"""The roll-up anew, from the tasks and their ledger: what it always has to be equal to."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Min, Model

from generation.models import (
    DailyTotal,
    DailyUsage,
    MonthlyUsage,
    SubjectUsage,
    Task,
    TaskSubject,
    next_revision,
)

from . import collected_rows, kept_rows, ledger, months, prices, rollup
from .days import Days, day_of, today

AT_ONCE = 1000

ByKey = dict[tuple[int, UUID, str], dict[str, int]]
BySubject = dict[tuple[int, UUID, str, str], dict[str, int]]
Total = dict[tuple[UUID, str], dict[str, int]]


@dataclass(frozen=True, slots=True)
class Day:
    """What the rows of one day should be; `labels` are of the keys, `kept` and `collected` by task."""

    day: date
    usage: ByKey
    subjects: BySubject
    labels: dict[UUID, str]
    kept: kept_rows.Kept
    collected: collected_rows.Collected

    @property
    def total(self) -> Total:
        found: Total = defaultdict(lambda: defaultdict(int))
        for (_, key, model), figures in self.usage.items():
            rollup.merge(found[key, rollup.kind_of(model)], figures)
        return found


def all_days() -> list[date]:
    ends = Task.objects.aggregate(first=Min("created_at"), last=Max("created_at"))
    rows = DailyUsage.objects.aggregate(first=Min("day"), last=Max("day"))
    known = [day for day in rows.values() if day] + [day_of(at) for at in ends.values() if at]
    if not known:
        return []
    return list(_between(min(known), max(known)))


def latest_days(number: int) -> list[date]:
    return list(_between(today() - timedelta(days=number - 1), today()))


def _between(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def begin() -> None:
    """Writes all rows of a database that has none: all of them or none."""
    prices.begin()
    with transaction.atomic():
        kept_rows.follow_zone(anew=False)
        if not DailyUsage.objects.exists():
            days = all_days() if Task.objects.exists() else []
            for day in days:
                _write(computed(day))
        elif MonthlyUsage.objects.exists():
            return
        else:
            days = all_days()
            months.total_of_days()
        for month in dict.fromkeys(day.replace(day=1) for day in days):
            months.add_up(month)


def rebuild(*days: date) -> None:
    """Writes the rows of these days anew, and those of their months, while nobody else writes."""
    with transaction.atomic():
        next_revision()
        kept_rows.follow_zone(anew=True)
        for day in days:
            _write(computed(day))
        for month in dict.fromkeys(day.replace(day=1) for day in days):
            months.add_up(month)


def _write(right: Day) -> None:
    # First: triggers add what changes there to the rows that are written now.
    kept_rows.write(right.day, right.kept)
    collected_rows.write(right.collected)
    for table in (DailyUsage, SubjectUsage, DailyTotal):
        table._default_manager.filter(day=right.day).delete()
    DailyUsage.objects.bulk_create(
        [DailyUsage(**_fields(right, *row)) for row in right.usage.items()], batch_size=AT_ONCE
    )
    SubjectUsage.objects.bulk_create(
        [
            SubjectUsage(handle=handle, **_fields(right, place, figures))
            for (*place, handle), figures in right.subjects.items()
        ],
        batch_size=AT_ONCE,
    )
    DailyTotal.objects.bulk_create(
        DailyTotal(day=right.day, key=key, key_label=right.labels[key], kind=kind, **figures)
        for (key, kind), figures in right.total.items()
    )


def _fields(right: Day, place: Sequence[Any], figures: dict[str, int]) -> dict[str, Any]:
    user, key, model = place
    return {
        "day": right.day,
        "user_id": user,
        "key": key,
        "key_label": right.labels[key],
        "model": model,
        "kind": rollup.kind_of(model),
        **{name: figures[name] for name in rollup.NAMES if name in figures},
    }


def computed(day: date) -> Day:
    """From the tasks that were submitted on that day of the team's time zone."""
    days = Days(day, day)
    tasks = Task.objects.filter(created_at__gte=days.begin, created_at__lt=days.end)
    handles = _handles(days)
    usage: ByKey = defaultdict(lambda: defaultdict(int))
    subjects: BySubject = defaultdict(lambda: defaultdict(int))
    labels = {}
    kept: dict[UUID, kept_rows.Place] = {}
    collected: dict[UUID, collected_rows.Place] = {}
    rows = collected_rows.with_collected(kept_rows.with_kept(ledger.with_sums(tasks)))
    for task in rows.order_by().iterator(AT_ONCE):
        booked = ledger.booked(task)
        labels[booked.key] = task.key_label
        place = task.owner_id, booked.key, task.model
        milliseconds = kept_rows.milliseconds_of(task)
        if milliseconds:
            kept[task.pk] = (day, *place, milliseconds)
        if collected_rows.is_collected(task):
            collected[task.pk] = collected_rows.place_of(day, booked, milliseconds)
        places: list[dict[str, int]] = [usage[place]]
        places += [subjects[(*place, handle)] for handle in handles.get(task.pk, ())]
        for figures in places:
            rollup.merge(figures, {**booked.figures(), "kept": milliseconds})
    return Day(day, usage, subjects, labels, kept, collected)


def _handles(days: Days) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = defaultdict(set)
    used = TaskSubject.objects.filter(
        task__created_at__gte=days.begin, task__created_at__lt=days.end
    )
    for task, handle in used.order_by().values_list("task", "handle"):
        found[task].add(handle)
    return found


def differences(day: date) -> list[str]:
    """What is kept wrong of the day, or of its month."""
    # Under the lock of all writers; nothing is changed.
    with transaction.atomic():
        next_revision()
        right = computed(day)
        found = [
            *_compare(f"{day}", _kept(DailyUsage, day, "user_id", "key", "model"), right.usage),
            *_compare(
                f"{day}",
                _kept(SubjectUsage, day, "user_id", "key", "model", "handle"),
                right.subjects,
            ),
            *_compare(f"{day}", _kept(DailyTotal, day, "key", "kind"), right.total),
            *kept_rows.differences(day, right.kept),
            *collected_rows.differences(right.collected),
            *_month_differences(day.replace(day=1)),
        ]
        transaction.set_rollback(True)
    return found


def _month_differences(month: date) -> Iterator[str]:
    for monthly, daily, by in months.MONTHLY:
        names = ["user_id" if name == "user" else name for name in by]
        right = {
            tuple(row[name] for name in names): row for row in months.of_month(month, daily, *by)
        }
        yield from _compare(f"{month:%Y-%m}", _kept(monthly, month, *names), right)


def _kept(table: type[Model], day: date, *names: str) -> dict[Any, Any]:
    rows = table._default_manager.filter(day=day)
    return {tuple(getattr(row, name) for name in names): row for row in rows}


def _compare(when: str, kept: dict[Any, Any], right: Any) -> list[str]:
    found = []
    for place in sorted({*kept, *right}, key=str):
        should = right.get(place, {})
        wrong = [
            f"{name} is {is_now}, not {should.get(name, 0)}"
            for name in rollup.NAMES
            if _is_wrong(name, is_now := getattr(kept.get(place), name, 0), should.get(name, 0))
        ]
        if wrong:
            about = " ".join(map(str, place))
            found.append(f"{when} {about}: {', '.join(wrong)}")
    return found


def _is_wrong(name: str, is_now: int, should: int) -> bool:
    # What was settled for less leaves it too high, and that does no harm.
    return is_now < should if name == rollup.MOST else is_now != should
