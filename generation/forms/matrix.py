"""Several values of one or two parameters in one form, which makes a task of each combination."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict

from generation.catalog import ModelSpec, Parameter, ParameterKind, Values, narrowed
from generation.catalog.matrix import (
    MOST_PARAMETERS,
    MOST_VALUES,
    Also,
    combinations,
    comparable,
    compared,
    own_value,
    value_label,
    with_combination,
)

from .fields import ParameterField

PREFIX = "matrix."
"""Before a parameter: the name of the field with its further values."""

MOST_TASKS = 20
"""Of one press, variations counted."""

MOST_READ = 10
"""Values of one field that are looked at."""


def names(spec: ModelSpec) -> frozenset[str]:
    return frozenset(PREFIX + parameter.name for parameter in comparable(spec))


def given(spec: ModelSpec, data: QueryDict) -> tuple[dict[str, list[Any]], list[str]]:
    """The further values by parameter, and a sentence for each that cannot be read."""
    also, problems = {}, []
    for parameter in comparable(spec):
        field, read = ParameterField(parameter), []
        for text in _texts(parameter, data)[:MOST_READ]:
            try:
                read.append(field.clean(text))
            except ValidationError as wrong:
                problems += wrong.messages
        if found := [value for value in read if value is not None]:
            also[parameter.name] = found
    return also, problems


def _texts(parameter: Parameter, data: QueryDict) -> list[str]:
    texts = data.getlist(PREFIX + parameter.name)
    if parameter.kind is ParameterKind.SEED:
        texts = [part for text in texts for part in re.split(r"[,;\s]+", text)]
    return [text for text in texts if text]


def problems(
    spec: ModelSpec, values: Values, also: Also, variations: int, data: QueryDict
) -> Iterator[str]:
    """What is wrong with how many there are."""
    axes = compared(spec, values, also)
    count = len(combinations(spec, values, also)) * variations
    if len(axes) > MOST_PARAMETERS:
        labels = ", ".join(spec.parameter(name).label for name in axes)
        yield f"{labels} have several values. Compare at most {MOST_PARAMETERS} of them at once."
    for name, several in axes.items():
        parameter = spec.parameter(name)
        number = max(len(several), len(set(_texts(parameter, data))))
        if number > MOST_VALUES:
            yield (
                f"{parameter.label} has {number} values, its own among them; "
                f"at most {MOST_VALUES} are compared."
            )
    if "seed" in axes and variations > 1:
        # The next seeds of one would be those of another: the same task twice.
        yield "Several seeds make one result each. Choose ×1, or compare something else."
    if count > MOST_TASKS:
        yield (
            f"That would be {count} results; one press makes at most {MOST_TASKS}. "
            "Take fewer values, or fewer results of each."
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a row offers; `own` is that of the form, which is always made."""

    value: str
    label: str
    taken: bool
    own: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter of the matrix; `text` is what stands in the field of a seed."""

    parameter: Parameter
    own: str
    choices: Sequence[Choice]
    text: str

    @property
    def name(self) -> str:
        return PREFIX + self.parameter.name

    @property
    def is_text(self) -> bool:
        return self.parameter.kind is ParameterKind.SEED


def rows(spec: ModelSpec, values: Values, also: Also) -> list[Row]:
    found = []
    for parameter in comparable(spec):
        name = parameter.name
        others = {other: taken for other, taken in also.items() if other != name}
        # What any combination of the others leaves of it.
        offers = {
            option.value
            for combination in combinations(spec, values, others)
            for option in narrowed(spec, name, with_combination(values, combination)).options
        }
        found.append(_row(spec, parameter, values, also.get(name, ()), offers))
    return found


def _row(
    spec: ModelSpec, parameter: Parameter, values: Values, taken: Sequence[Any], offers: set[Any]
) -> Row:
    own = own_value(spec, parameter.name, values)
    listed = [option.value for option in parameter.options if option.value in offers]
    offered = [] if parameter.kind is ParameterKind.SEED else [*listed, own, *taken]
    choices = [
        Choice(str(value), value_label(parameter, value), value in taken, value == own)
        for value in dict.fromkeys(offered)
        if value is not None
    ]
    return Row(parameter, value_label(parameter, own), choices, ", ".join(map(str, taken)))


def summary(spec: ModelSpec, values: Values, also: Also) -> str:
    """In a line: “Duration 5 s, 8 s × Resolution 720p, 1080p”; "" while nothing is compared."""
    parts = []
    for name, several in compared(spec, values, also).items():
        parameter = spec.parameter(name)
        offered = [option.value for option in parameter.options]
        ordered = sorted(several, key=lambda v: offered.index(v) if v in offered else len(offered))
        said = ", ".join(value_label(parameter, value) for value in ordered)
        parts.append(f"{parameter.label} {said}")
    return " × ".join(parts)
