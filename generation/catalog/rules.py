"""What a model's rules mean for given values: defaults, options, notes."""

from dataclasses import replace
from typing import Any

from .spec import Forbids, Given, Ignores, ModelSpec, Narrows, Option, Parameter, Values


def effective(spec: ModelSpec, values: Values) -> dict[str, Any]:
    """`values` completed by the gateway's defaults, as narrowed by the rules."""
    complete = {p.name: p.default for p in spec.parameters if p.default is not None}
    complete.update({name: value for name, value in values.items() if value not in (None, "")})
    for rule in spec.rules:
        if (
            isinstance(rule, Narrows)
            and values.get(rule.parameter) in (None, "")
            and rule.when.holds(complete)
        ):
            complete[rule.parameter] = rule.default
    return complete


def narrowed(spec: ModelSpec, name: str, values: Values) -> Parameter:
    parameter = spec.parameter(name)
    complete = effective(spec, values)
    for rule in spec.rules:
        if isinstance(rule, Narrows) and rule.parameter == name and rule.when.holds(complete):
            labels = {option.value: option.label for option in parameter.options}
            options = tuple(Option(value, labels[value]) for value in rule.options)
            parameter = replace(parameter, options=options, default=rule.default)
    return parameter


def notes(spec: ModelSpec, values: Values) -> dict[str, str]:
    """By parameter: why it has no effect with these values."""
    complete = effective(spec, values)
    return {
        rule.parameter: rule.note
        for rule in spec.rules
        if isinstance(rule, Ignores) and rule.when.holds(complete)
    }


def closed(spec: ModelSpec, values: Values, *, off_peak: bool = False) -> dict[str, str]:
    """By parameter: why it may not be used at all beside these values.

    A rule that forbids only some values, or forbids leaving the parameter out, closes nothing.
    `off_peak` as in `check`.
    """
    complete = effective(spec, values)
    reasons = {
        p.name: p.unavailable
        for p in spec.parameters
        if p.unavailable and not (off_peak and p.name == "off_peak")
    }
    for rule in spec.rules:
        if isinstance(rule, Forbids) and isinstance(rule.then, Given) and rule.when.holds(complete):
            reasons.setdefault(rule.then.parameter, rule.message)
    return reasons


def dependents(spec: ModelSpec) -> frozenset[str]:
    return frozenset(
        rule.then.parameter if isinstance(rule, Forbids) else rule.parameter for rule in spec.rules
    )
