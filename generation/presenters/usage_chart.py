"""Spend by day, week or month, as bars of an SVG and as the rows of a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from generation.money.days import Days, month_of
from generation.money.reports import Sums

from .usage import Link, cents, day_words, days_words

WIDE, HIGH, LEFT, FOOT = 1184, 202, 72, 26
TOP = 24
DAILY, WEEKLY = 62, 400
"""Days up to which a bar is a day, and a week."""

LABELS = {"day": 31, "week": 18, "month": 24}
"""For how many there is room below the bars."""
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Bar:
    """`x`, `y`, `width`, `height` are of the drawing; `soft` is not over yet."""

    words: str
    label: str
    spent: str
    tasks: int
    url: str
    x: str
    y: str
    width: str
    height: str
    middle: str
    soft: bool

    @property
    def sentence(self) -> str:
        return (
            f"{self.words}: {self.spent}, {self.tasks:,} {'task' if self.tasks == 1 else 'tasks'}"
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across, with its amount."""

    text: str
    y: str


@dataclass(frozen=True, slots=True)
class Chart:
    bars: list[Bar]
    marks: list[Mark]
    unit: str
    wide: int = WIDE
    high: int = HIGH
    left: int = LEFT


def unit_of(days: Days) -> str:
    return "day" if days.number <= DAILY else "week" if days.number <= WEEKLY else "month"


def chart(figures: Mapping[date, Sums], days: Days, today: date, link: Link) -> Chart:
    unit = unit_of(days)
    parts = _parts(days, unit)
    spent = [_sum(figures, part, "charged") for part in parts]
    top = _top(max(spent, default=0))
    step = (WIDE - LEFT) / max(1, len(parts))
    every = -(-len(parts) // LABELS[unit])
    bars = []
    for number, (part, amount) in enumerate(zip(parts, spent, strict=True)):
        height = (HIGH - FOOT - TOP) * amount / top
        x = LEFT + number * step
        bars.append(
            Bar(
                words=day_words(part.since) if unit == "day" else days_words(part),
                label=_label(part, unit) if number % every == 0 else "",
                spent=cents(amount),
                tasks=_sum(figures, part, "tasks"),
                url=link.to(since=part.since, until=part.until),
                x=f"{x + step * 0.16:.1f}",
                y=f"{HIGH - FOOT - height:.1f}",
                width=f"{step * 0.68:.1f}",
                height=f"{height:.1f}",
                middle=f"{x + step / 2:.1f}",
                soft=part.since <= today <= part.until,
            )
        )
    return Chart(bars, [_mark(top, share) for share in range(4)], unit)


def _parts(days: Days, unit: str) -> list[Days]:
    parts, first = [], days.since
    while first <= days.until:
        if unit == "day":
            last = first
        elif unit == "week":
            last = first + timedelta(days=6 - first.weekday())
        else:
            last = month_of(first).until
        parts.append(Days(first, min(last, days.until)))
        first = last + timedelta(days=1)
    return parts


def _sum(figures: Mapping[date, Sums], part: Days, name: str) -> int:
    day, found = part.since, 0
    while day <= part.until:
        found += figures[day][name] if day in figures else 0
        day += timedelta(days=1)
    return found


def _top(most: int) -> int:
    """The round amount at the upper edge: three steps of 1, 2 or 5 and zeros, in whole cents."""
    step = 10_000
    while True:
        for factor in (1, 2, 5):
            if most <= 3 * step * factor:
                return 3 * step * factor
        step *= 10


def _mark(top: int, share: int) -> Mark:
    y = HIGH - FOOT - (HIGH - FOOT - TOP) * share / 3
    amount = top * share // 3
    text = f"${amount // MILLION:,}" if top % (3 * MILLION) == 0 else cents(amount)
    return Mark(text, f"{y:.1f}")


def _label(part: Days, unit: str) -> str:
    if unit == "month":
        return f"{part.since:%b}"
    return str(part.since.day) if unit == "day" else f"{part.since.day} {part.since:%b}"
