"""Cards under the day on which their tasks were made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from django.utils import timezone

from generation.catalog.money import usd
from generation.models import Task

from .cards import Card
from .times import day_words


@dataclass(frozen=True, slots=True)
class DaySum:
    """What a day has brought: finished results, and USD that are known to have been charged."""

    results: int = 0
    spent: Decimal = Decimal(0)

    @property
    def words(self) -> str:
        if not self.results and not self.spent:
            return ""
        count = f"{self.results:,} result{'' if self.results == 1 else 's'}"
        return f"{count} · {usd(self.spent)}" if self.spent else count


@dataclass(frozen=True, slots=True)
class Day:
    """A heading and the cards under it."""

    date: date
    cards: list[Card]
    sum: DaySum

    @property
    def title(self) -> str:
        return day_words(self.date)


def day_of(task: Task) -> date:
    """In the zone of whoever looks."""
    # As `localtime`, which asks of each what is always so.
    return task.created_at.astimezone(timezone.get_current_timezone()).date()


def by_day(cards: Iterable[Card], sums: Mapping[date, DaySum]) -> list[Day]:
    """`cards` are newest first."""
    return [
        Day(day, list(found), sums.get(day, DaySum()))
        for day, found in groupby(cards, key=lambda card: day_of(card.task))
    ]
