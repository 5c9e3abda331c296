"""What a member has set for one model, on its way to another."""

from typing import Any

from .rules import effective, narrowed
from .spec import ModelSpec, Parameter, ParameterKind, Values

CLOSED_LISTS = (ParameterKind.INTEGER, ParameterKind.CHOICE)
"""Kinds that take nothing but what their list offers."""


def carried(spec: ModelSpec, values: Values) -> dict[str, Any]:
    known = {name: value for name, value in values.items() if spec.has(name)}
    return {name: value for name, value in known.items() if _offers(spec, name, known)}


def _offers(spec: ModelSpec, name: str, values: Values) -> bool:
    parameter = narrowed(spec, name, values)
    if parameter.kind not in CLOSED_LISTS or not parameter.options:
        return True
    return values[name] in [option.value for option in parameter.options]


def changes(old: ModelSpec, new: ModelSpec, values: Values) -> list[str]:
    """What the result would have otherwise, were `values` of `old` carried to `new`: "8 s", "1080p", "no sound"."""
    before, after = effective(old, values), effective(new, carried(new, values))
    found = []
    for parameter in new.parameters:
        name = parameter.name
        if parameter.kind in CLOSED_LISTS and old.has(name) and before.get(name) != after.get(name):
            found.append(_label(parameter, after.get(name)))
    lost = [p.label for p in old.parameters if values.get(p.name) and not new.has(p.name)]
    return [*found, *(f"no {label.lower()}" for label in lost if label)]


def _label(parameter: Parameter, value: Any) -> str:
    return {option.value: option.label for option in parameter.options}.get(value, str(value))
