"""Spend by one or two dimensions, as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from generation.catalog import MODELS
from generation.models import NO_KEY
from generation.money.reports import Crossed, Sums

from .usage import TITLES, Link, cents, day_words, price_of_seconds, price_words


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
        self,
        names: Mapping[int, str],
        keys: Mapping[UUID, str],
        crossed: Crossed,
        collections: Mapping[UUID, str] | None = None,
    ) -> None:
        self._names, self._keys, self._crossed = names, keys, crossed
        self._collections = collections or {}

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
            case "collection":
                return self._collections.get(value, "")
            case _:
                return day_words(value)

    def address(self, dimension: str, value: Any) -> str:
        if dimension == "member":
            return self._names.get(value, "")
        return "" if value == NO_KEY else str(value)


def table(by: list[str], found: Crossed, labels: Labels, link: Link) -> Table:
    if len(by) == 2:
        return _crossed(by, found, labels, link)
    return _single(by[0], found, labels, link)


PER_SECOND = "A kept second"


def per_second(spent: int, kept: int) -> str:
    price = price_of_seconds(spent, kept)
    return "–" if price is None else price_words(price)


def _sums(cells: Mapping[Any, Sums], place: int, name: str) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for values, figures in cells.items():
        found[values[place]] = found.get(values[place], 0) + figures[name]
    return found


def _order(dimension: str, spent: dict[Any, int]) -> list[Any]:
    if dimension == "day":
        return sorted(spent, reverse=True)
    return sorted(spent, key=lambda value: (-spent[value], str(value)))


def _single(first: str, found: Crossed, labels: Labels, link: Link) -> Table:
    spent = _sums(found.cells, 0, "charged")
    most = max(spent.values(), default=0)
    lines = []
    order = _order(first, spent)
    for value in order[:MOST_LINES]:
        figures = found.cells[value,]
        url = link.to(**{first: labels.address(first, value)})
        cells = [
            Cell(f"{figures['tasks']:,}", url),
            Cell(cents(figures["held"]), url),
            Cell(per_second(figures["charged"], figures["kept"])),
        ]
        all_ = Cell(cents(figures["charged"]), url, _width(figures["charged"], most))
        lines.append(Line(labels.text(first, value), url, cells, all_))
    tasks, held, charged, kept = (
        sum(one[name] for one in found.cells.values())
        for name in ("tasks", "held", "charged", "kept")
    )
    foot = [f"{tasks:,}", cents(held), per_second(charged, kept), cents(charged)]
    columns = ["Tasks", "Reserved", PER_SECOND, "Spent"]
    return Table(TITLES[first], columns, lines, foot, _rest(len(order)))


def _rest(lines: int, columns: int = 0) -> str:
    """What is not shown for want of room."""
    left = {"line": lines - MOST_LINES, "column": columns}
    said = [f"{n:,} more {what}{'s' * (n > 1)}" for what, n in left.items() if n > 0]
    return f"Not shown, but in the sums: {' and '.join(said)}." if said else ""


def _crossed(by: list[str], found: Crossed, labels: Labels, link: Link) -> Table:
    first, second = by
    down, across = (_sums(found.cells, place, "charged") for place in (0, 1))
    kept = _sums(found.cells, 0, "kept")
    all_kept = sum((found.whole_kept or kept).values())
    if found.whole and first == "day":
        across = found.whole
    elif found.whole:
        down, kept = found.whole, found.whole_kept
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
        cells.append(Cell(per_second(down[value], kept.get(value, 0))))
        lines.append(Line(labels.text(first, value), url, cells, Cell(cents(down[value]), url)))
    heads = [labels.text(second, column) for column in columns]
    all_ = sum(across.values()) if first == "day" else sum(down.values())
    of_all = per_second(all_, all_kept)
    foot = [*(cents(across[column]) for column in columns), of_all, cents(all_)]
    note = _rest(len(order), len(across) - len(columns))
    if found.left_out and first == "day":
        note = "Days before the latest 31 are in the sums alone. Choose a shorter time to see them."
    return Table(TITLES[first], [*heads, PER_SECOND, "All"], lines, foot, note)


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
