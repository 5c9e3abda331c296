"""Spending in words: sums, and a table of one or two dimensions. The chart is in usage_chart.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID

from django.urls import reverse

from generation.catalog import MODELS
from generation.catalog.money import usd
from generation.models import NO_KEY
from generation.money.amounts import usd_of
from generation.money.days import Days, is_month, month_of
from generation.money.reports import Crossed, Scope, Sums

CENT = Decimal("0.01")
TITLES = {
    "member": "Member",
    "key": "Key",
    "model": "Model",
    "kind": "Kind",
    "day": "Day",
    "subject": "Subject",
}
ADDRESS_OF = {
    "member": "member",
    "key": "key",
    "model": "model",
    "kind": "kind",
    "subject": "subject",
}


def cents(micros: int) -> str:
    """Whole cents: sums are read, not booked."""
    return usd(usd_of(micros).quantize(CENT))


def days_words(days: Days) -> str:
    if is_month(days):
        return f"{days.since:%B %Y}"
    if days.since == days.until:
        return day_words(days.since)
    return f"{days.since.day} {days.since:%b %Y} to {days.until.day} {days.until:%b %Y}"


def day_words(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


class Link:
    """Where the tasks behind a figure are listed."""

    def __init__(self, scope: Scope, names: Mapping[int, str]) -> None:
        self._path = reverse("usage-tasks")
        self._given = {
            "since": scope.days.since.isoformat(),
            "until": scope.days.until.isoformat(),
            "member": names.get(scope.member or 0, ""),
            "key": str(scope.key or ""),
            "model": scope.model,
            "kind": scope.kind,
            "subject": scope.subject,
        }

    def to(self, **more: Any) -> str:
        """`more` narrows it: a dimension's value, days, or which of the tasks."""
        given = {**self._given, **more}
        if "day" in given:
            given["since"] = given["until"] = given.pop("day")
        # A table has a thousand of them: what is quoted once is known the next time.
        return f"{self._path}?{'&'.join([f'{k}={_quoted(str(v))}' for k, v in given.items() if v])}"


@lru_cache(maxsize=2000)
def _quoted(value: str) -> str:
    return quote_plus(value)


@dataclass(frozen=True, slots=True)
class Sum:
    """One figure on top: what it is, its value, a sentence below, and its tasks."""

    title: str
    value: str
    text: str = ""
    url: str = ""


def sums(now: Sums, then: Sums, then_words: str, link: Link) -> list[Sum]:
    return [
        _per_second(now, then, then_words),
        _success(now, link),
        _wasted(now, link),
        _open(now, link),
    ]


def _per_second(now: Sums, then: Sums, then_words: str) -> Sum:
    price, before = (second_price(one) for one in (now, then))
    if price is None:
        return Sum("Cost of a finished second", "–", "Nothing with a length has finished.")
    text = f"{now['milliseconds'] / 1000:,.0f} finished seconds"
    if before is not None:
        change = (price - before).quantize(CENT)
        more = f"{usd(abs(change))} {'less' if change < 0 else 'more'} than"
        text = f"{more if change else 'The same as'} in {then_words}"
    return Sum("Cost of a finished second", usd(price.quantize(CENT)), text)


def second_price(figures: Sums) -> Decimal | None:
    """USD that one second of a completed result has cost, with all that was spent beside."""
    seconds = figures["milliseconds"]
    return usd_of(figures["charged"]) * 1000 / seconds if seconds else None


def _success(now: Sums, link: Link) -> Sum:
    ended = sum(now[name] for name in ("completed", "failed", "lost"))
    if not ended:
        return Sum("Completed", "–", "Nothing has ended.")
    rate = f"{100 * now['completed'] // ended} %"
    return Sum(
        "Completed", rate, f"{now['completed']:,} of {ended:,} tasks", link.to(only="completed")
    )


def _wasted(now: Sums, link: Link) -> Sum:
    text = f"{now['wasted']:,} of {now['tasks']:,} tasks"
    return Sum("Failed but charged", cents(now["wasted_charge"]), text, link.to(only="wasted"))


def _open(now: Sums, link: Link) -> Sum:
    text = f"{cents(now['unknown_held'])} stays reserved for them" if now["unknown"] else "None"
    return Sum("Cost not known", f"{now['unknown']:,}", text, link.to(only="open"))


def projected(spent: int, today: date) -> int:
    month = month_of(today)
    return spent * month.number // today.day


# Tables


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    url: str = ""
    width: int = 0
    """Of its bar, of 100."""


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    url: str
    cells: list[Cell]
    all: Cell

    @property
    def places(self) -> list[Cell]:
        return [*self.cells, self.all]


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are those of the second dimension; with one alone they are tasks and spend."""

    title: str
    columns: list[str]
    lines: list[Line]
    foot: list[str]
    note: str = ""


MOST_COLUMNS = 8
MOST_LINES = 100


class Labels:
    """How the values of dimensions are called, and named in addresses."""

    def __init__(
        self, names: Mapping[int, str], keys: Mapping[UUID, str], crossed: Crossed
    ) -> None:
        self._names, self._keys, self._crossed = names, keys, crossed

    def text(self, dimension: str, value: Any) -> str:
        match dimension:
            case "member":
                return self._names.get(value, "")
            case "key":
                return self._keys.get(value) or self._crossed.labels.get(value) or "Deleted key"
            case "model":
                return MODELS[value].title if value in MODELS else str(value)
            case "kind":
                return str(value).capitalize() or "Other"
            case "subject":
                return f"@{value}"
            case _:
                return day_words(value)

    def address(self, dimension: str, value: Any) -> str:
        if dimension == "member":
            return self._names.get(value, "")
        return "" if value == NO_KEY else str(value)


def table(by: list[str], found: Crossed, labels: Labels, link: Link) -> Table:
    return (
        _crossed(by, found, labels, link) if len(by) == 2 else _single(by[0], found, labels, link)
    )


def _spent(cells: Mapping[Any, Sums], of: Callable[[Any], Any]) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for place, figures in cells.items():
        found[of(place)] = found.get(of(place), 0) + figures["charged"]
    return found


def _order(dimension: str, spent: dict[Any, int]) -> list[Any]:
    if dimension == "day":
        return sorted(spent, reverse=True)
    return sorted(spent, key=lambda value: (-spent[value], str(value)))


def _single(first: str, found: Crossed, labels: Labels, link: Link) -> Table:
    spent = _spent(found.cells, lambda place: place[0])
    most = max(spent.values(), default=0)
    lines = []
    order = _order(first, spent)
    for value in order[:MOST_LINES]:
        figures = found.cells[value,]
        url = link.to(**{first: labels.address(first, value)})
        cells = [Cell(f"{figures['tasks']:,}", url), Cell(cents(figures["held"]), url)]
        all_ = Cell(cents(figures["charged"]), url, _width(figures["charged"], most))
        lines.append(Line(labels.text(first, value), url, cells, all_))
    totals = [
        sum(one[name] for one in found.cells.values()) for name in ("tasks", "held", "charged")
    ]
    foot = [f"{totals[0]:,}", cents(totals[1]), cents(totals[2])]
    return Table(TITLES[first], ["Tasks", "Reserved", "Spent"], lines, foot, _rest(len(order)))


def _rest(lines: int, columns: int = 0) -> str:
    """What is not shown for want of room."""
    left = {"line": lines - MOST_LINES, "column": columns}
    said = [f"{n:,} more {what}{'s' * (n > 1)}" for what, n in left.items() if n > 0]
    return f"Not shown, but in the sums: {' and '.join(said)}." if said else ""


def _crossed(by: list[str], found: Crossed, labels: Labels, link: Link) -> Table:
    first, second = by
    down = _spent(found.cells, lambda place: place[0])
    across = _spent(found.cells, lambda place: place[1])
    if found.whole:
        across, down = (found.whole, down) if first == "day" else (across, found.whole)
    columns = _order(second, across)[:MOST_COLUMNS]
    most = max((one["charged"] for one in found.cells.values()), default=0)
    lines = []
    order = _order(first, down)
    for value in order[:MOST_LINES]:
        here = {first: labels.address(first, value)}
        cells = []
        for column in columns:
            figures = found.cells.get((value, column))
            if figures is None:
                cells.append(Cell("–"))
                continue
            url = link.to(**here, **{second: labels.address(second, column)})
            cells.append(Cell(cents(figures["charged"]), url, _width(figures["charged"], most)))
        url = link.to(**here)
        lines.append(Line(labels.text(first, value), url, cells, Cell(cents(down[value]), url)))
    heads = [labels.text(second, column) for column in columns]
    all_ = sum(across.values()) if first == "day" else sum(down.values())
    foot = [*(cents(across[column]) for column in columns), cents(all_)]
    note = _rest(len(order), len(across) - len(columns))
    if found.left_out and first == "day":
        note = "Days before the latest 31 are in the sums alone. Choose a shorter time to see them."
    return Table(TITLES[first], [*heads, "All"], lines, foot, note)


def _width(part: int, most: int) -> int:
    return max(1, 100 * part // most) if part > 0 and most else 0


@dataclass(frozen=True, slots=True)
class Compared:
    """What a model's completed tasks were estimated at, against what they were charged."""

    model: str
    estimated: str
    paid: str
    off: str


def compared(rows: list[tuple[str, int, int]]) -> list[Compared]:
    found = []
    for model, estimated, paid in rows:
        percent = round(100 * (estimated - paid) / paid) if paid else 0
        off = f"{abs(percent)} % {'above' if percent > 0 else 'below'}" if percent else "as charged"
        title = MODELS[model].title if model in MODELS else model
        found.append(Compared(title, cents(estimated), cents(paid), off))
    return found
