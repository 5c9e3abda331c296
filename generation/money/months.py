"""The sums of daily rows: those of months, and those of everybody together."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Max, Sum

from generation.models import (
    DailyTotal,
    DailyUsage,
    MonthlySubjectUsage,
    MonthlyUsage,
    SubjectUsage,
)
from generation.models.ledger import Usage

from .days import month_of
from .rollup import MOST, SUMS

AT_ONCE = 1000

MONTHLY: tuple[tuple[type[Usage], type[Usage], tuple[str, ...]], ...] = (
    (MonthlyUsage, DailyUsage, ("user", "key", "model")),
    (MonthlySubjectUsage, SubjectUsage, ("user", "key", "model", "handle")),
)
"""Rows of months, the daily ones that they add up, and what both are kept by."""


def total_of_days() -> None:
    """The totals of a database that has the rows by member already."""
    DailyTotal.objects.all().delete()
    rows = _sums(DailyUsage, "day", "key", "kind")
    DailyTotal.objects.bulk_create((DailyTotal(**row) for row in rows), batch_size=AT_ONCE)


def add_up(month: date) -> None:
    """Writes the rows of a month anew; `month` is its first day."""
    for monthly, daily, by in MONTHLY:
        monthly._default_manager.filter(day=month).delete()
        rows = of_month(month, daily, *by)
        monthly._default_manager.bulk_create(
            (monthly(day=month, **row) for row in rows), batch_size=AT_ONCE
        )


def of_month(month: date, daily: type[Usage], *by: str) -> Iterator[dict[str, Any]]:
    days = month_of(month)
    return _sums(daily, *by, day__range=(days.since, days.until))


def _sums(table: type[Usage], *by: str, **only: Any) -> Iterator[dict[str, Any]]:
    """Fields of rows; what is not summed and not asked `by` is any of what the days say."""
    rows = table._default_manager.filter(**only).values(*by)
    said = {f"said_{name}": Max(name) for name in ("key_label", "kind") if name not in by}
    said[f"said_{MOST}"] = Max(MOST)
    sums = {f"said_{name}": Sum(name) for name in SUMS}
    for row in rows.annotate(**said, **sums).order_by():
        yield {
            "user_id" if name == "user" else name.removeprefix("said_"): value
            for name, value in row.items()
        }
