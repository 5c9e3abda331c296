"""Results side by side: what each was asked for, and where they differ."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from generation.catalog import effective
from generation.models import Task, User
from generation.people.access import seen_params

from . import charges
from .cards import Card
from .details import shown_value

LETTERS = "ABCD"
COST, NONE = "Cost", "–"


class Cell(NamedTuple):
    text: str
    odd: bool


class Line(NamedTuple):
    label: str
    cells: list[Cell]

    @property
    def differs(self) -> bool:
        return len({cell.text for cell in self.cells}) > 1


def comparison(cards: Sequence[Card]) -> list[Line]:
    """A line for each thing that was set for any of them."""
    values = [_values(card.task, card.user) for card in cards]
    labels = list(dict.fromkeys(label for one in values for label in one))
    lines = [_line("Model", [card.model_title for card in cards])]
    lines += [_line(label, [one.get(label, NONE) for one in values]) for label in labels]
    lines.append(_line(COST, [charges.word(card.task) for card in cards]))
    return lines


def differences(lines: Sequence[Line], place: int) -> list[str]:
    """What only this one has, in words for under its picture."""
    odd = [(line.label, line.cells[place]) for line in lines if line.label != COST]
    return [f"{label} {cell.text}" for label, cell in odd if cell.odd and cell.text != NONE]


def _line(label: str, texts: Sequence[str]) -> Line:
    """Odd is what most others do not have; where none is more frequent, each is."""
    (usual, times), *rest = Counter(texts).most_common()
    is_tie = bool(rest) and rest[0][1] == times
    return Line(label, [Cell(text, bool(rest) and (is_tie or text != usual)) for text in texts])


def _values(task: Task, user: User) -> dict[str, str]:
    params = seen_params(user, task)
    if task.spec is None:
        return {name: str(value)[:200] for name, value in params.items() if name != "prompt"}
    complete = effective(task.spec, params)
    shown = {
        parameter.label: shown_value(parameter, complete.get(parameter.name))
        for parameter in task.spec.parameters
        if parameter.name not in ("prompt", "images", "subjects")
        and complete.get(parameter.name) not in (None, "")
    }
    return {label: text for label, text in shown.items() if text}
