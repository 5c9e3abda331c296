"""Several values of one or two parameters side by side: which tasks they make together."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from .rules import effective
from .spec import ModelSpec, Parameter, ParameterKind, Values

MOST_VALUES = 3
"""Of one parameter, with the value that the form has."""
MOST_PARAMETERS = 2
KINDS = (ParameterKind.INTEGER, ParameterKind.CHOICE, ParameterKind.RATIO, ParameterKind.SEED)

Also = Mapping[str, Sequence[Any]]
"""Values beside those of the form, by parameter."""


def comparable(spec: ModelSpec) -> list[Parameter]:
    return [p for p in spec.parameters if p.kind in KINDS and len(p.options) != 1]


def own_value(spec: ModelSpec, name: str, values: Values) -> Any:
    """What the form has, or the gateway's default; None for a seed that the gateway draws."""
    return effective(spec, values).get(name) or None


def compared(spec: ModelSpec, values: Values, also: Also) -> dict[str, list[Any]]:
    """All values of each parameter that has several, the form's own first."""
    found = {}
    for parameter in comparable(spec):
        own = own_value(spec, parameter.name, values)
        several = list(dict.fromkeys([own, *also.get(parameter.name, ())]))
        if len(several) > 1:
            found[parameter.name] = several
    return found


def combinations(spec: ModelSpec, values: Values, also: Also) -> list[dict[str, Any]]:
    """What each task has instead of `values`, the form's own first; one of nothing without `also`.

    Compared values are all named, the default too. Of more parameters than may be compared the
    last are left out.
    """
    axes = [
        [(name, value) for value in several]
        for name, several in compared(spec, values, also).items()
    ]
    return [dict(one) for one in product(*axes[:MOST_PARAMETERS])]


def with_combination(values: Values, combination: Values) -> dict[str, Any]:
    both = {**values, **combination}
    return {name: value for name, value in both.items() if value is not None}


def value_label(parameter: Parameter, value: Any) -> str:
    if value is None:
        return "random" if parameter.kind is ParameterKind.SEED else "chosen by the model"
    return {option.value: option.label for option in parameter.options}.get(value, str(value))


def combination_label(spec: ModelSpec, combination: Values) -> str:
    """For people, such as “Duration 8 s, Resolution 360p”."""
    named = [(spec.parameter(name), value) for name, value in combination.items()]
    return ", ".join(f"{one.label} {value_label(one, value)}" for one, value in named)
