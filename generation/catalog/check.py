"""Whether values fit a model: one set of checks for the form and for the sandbox."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .mentions import Known, mention_problems
from .ratios import RATIO
from .rules import effective
from .spec import Forbids, Missing, ModelSpec, Narrows, Parameter, ParameterKind, Values

MAX_SEED = 2**31 - 1
"""No page names a largest seed; this fits every integer type."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one parameter, in a sentence for the member, with the gateway's code."""

    parameter: str
    message: str
    code: str = ""


def check(
    spec: ModelSpec, values: Values, *, off_peak: bool = False, known: Known | None = None
) -> list[Problem]:
    """Everything wrong with `values` for `spec`; empty when the gateway would take them.

    `off_peak` says whether this deployment switched the off-peak mode on although the
    pages mark it temporarily unavailable. `known` are handles that could be meant.
    """
    return list(_problems(spec, values, off_peak, known))


def _problems(
    spec: ModelSpec, values: Values, off_peak: bool, known: Known | None
) -> Iterator[Problem]:
    complete = effective(spec, values)
    broken = [
        rule
        for rule in spec.rules
        if isinstance(rule, Forbids) and rule.when.holds(complete) and rule.then.holds(complete)
    ]
    yield from _strangers(spec, values)
    # A rule that says why a parameter is needed stands in for the plain "is needed".
    needed = {rule.then.parameter for rule in broken if isinstance(rule.then, Missing)}
    for parameter in spec.parameters:
        value = values.get(parameter.name)
        if value in (None, "", [], ()):
            if parameter.required and parameter.name not in needed:
                code = spec.missing_codes.get(parameter.name, "")
                yield _problem(spec, parameter.name, _missing(parameter), code)
        elif message := _parameter_fault(spec, parameter, value, complete, off_peak):
            yield _problem(spec, parameter.name, message)
    for rule in broken:
        yield _problem(spec, rule.then.parameter, rule.message, rule.code)
    yield from (_problem(spec, "prompt", message) for message in _mentions(spec, values, known))


def _problem(spec: ModelSpec, name: str, message: str, code: str = "") -> Problem:
    return Problem(name, message, code or spec.fault_codes.get(name, spec.fault_codes.get("", "")))


def _strangers(spec: ModelSpec, values: Values) -> Iterator[Problem]:
    for name in values:
        if not spec.has(name):
            yield _problem(spec, name, f"{spec.title} has no parameter “{name}”. Remove it.")


def _parameter_fault(
    spec: ModelSpec, parameter: Parameter, value: Any, complete: Values, off_peak: bool
) -> str:
    switched_on = off_peak and parameter.name == "off_peak"
    if parameter.unavailable and value is not False and not switched_on:
        return f"{parameter.label}: {parameter.unavailable}"
    return _fault(parameter, value) or _narrow_fault(spec, parameter, value, complete)


def _narrow_fault(spec: ModelSpec, parameter: Parameter, value: Any, complete: Values) -> str:
    for rule in spec.rules:
        if (
            isinstance(rule, Narrows)
            and rule.parameter == parameter.name
            and rule.when.holds(complete)
            and value not in rule.options
        ):
            return rule.message
    return ""


def _missing(parameter: Parameter) -> str:
    match parameter.kind:
        case ParameterKind.IMAGES:
            return "Choose an image: drop it here, paste it, or pick a file."
        case ParameterKind.SUBJECTS:
            return "Pick at least one subject."
        case _:
            return "It is needed: fill it in."


def _fault(parameter: Parameter, value: Any) -> str:
    match parameter.kind:
        case ParameterKind.BOOLEAN:
            return "" if isinstance(value, bool) else f"{parameter.label} is either on or off."
        case ParameterKind.INTEGER | ParameterKind.SEED | ParameterKind.CORNER:
            return _integer_fault(parameter, value)
        case ParameterKind.CHOICE:
            return _choice_fault(parameter, value)
        case ParameterKind.RATIO:
            return _ratio_fault(parameter, value)
        case ParameterKind.IMAGES:
            return _count_fault(parameter, value, "image")
        case ParameterKind.SUBJECTS:
            return _subjects_fault(parameter, value)
        case _:
            return _text_fault(parameter, value)


def _integer_fault(parameter: Parameter, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        return f"{parameter.label} must be a whole number."
    if parameter.options:
        return _choice_fault(parameter, value)
    low = parameter.minimum if parameter.minimum is not None else 0
    high = parameter.maximum if parameter.maximum is not None else MAX_SEED
    if not low <= value <= high:
        return f"{parameter.label} must be between {low} and {high}."
    return ""


def _choice_fault(parameter: Parameter, value: Any) -> str:
    # bool is an int in Python: 1 == True must not let `true` pass for a duration.
    if isinstance(value, bool) or value not in [option.value for option in parameter.options]:
        allowed = ", ".join(str(option.value) for option in parameter.options)
        return f"{parameter.label} must be one of {allowed}."
    return ""


def _ratio_fault(parameter: Parameter, value: Any) -> str:
    if isinstance(value, str) and RATIO.fullmatch(value):
        return ""
    return f"{parameter.label} must be two whole numbers with a colon, such as 16:9."


def _count_fault(parameter: Parameter, value: Any, thing: str) -> str:
    if not isinstance(value, list | tuple):
        return f"{parameter.label} must be a list."
    low, high = parameter.minimum or 0, parameter.maximum or len(value)
    if not low <= len(value) <= high:
        wanted = f"exactly {high}" if low == high else f"{low} to {high}"
        return (
            f"{wanted.capitalize()} {thing}{'' if high == 1 else 's'} needed, {len(value)} given."
        )
    return ""


def _subjects_fault(parameter: Parameter, value: Any) -> str:
    message = _count_fault(parameter, value, "subject")
    if message:
        return message
    total, seen = 0, set()
    for subject in value:
        if (
            not isinstance(subject, dict)
            or not isinstance(subject.get("id"), str)
            or not subject["id"]
        ):
            return "Every subject needs an id."
        if subject["id"] in seen:
            return f"Subject @{subject['id']} is there twice. Remove one."
        seen.add(subject["id"])
        images = subject.get("images")
        if not isinstance(images, list | tuple) or not 1 <= len(images) <= 3:
            return f"Subject @{subject['id']} needs 1 to 3 images."
        if not isinstance(subject.get("voice_id", ""), str):
            return f"The voice of @{subject['id']} must be text."
        total += len(images)
    if parameter.most_images and total > parameter.most_images:
        return (
            f"The picked subjects have {total} images together; the model takes "
            f"{parameter.most_images}. Remove a subject."
        )
    return ""


def _text_fault(parameter: Parameter, value: Any) -> str:
    if not isinstance(value, str):
        return f"{parameter.label} must be text."
    if parameter.max_length and len(value) > parameter.max_length:
        over = len(value) - parameter.max_length
        return (
            f"{parameter.label} has {len(value):,} characters; at most {parameter.max_length:,} "
            f"are allowed. Shorten it by {over:,}."
        )
    if parameter.kind is ParameterKind.URL:
        return _url_fault(parameter, value)
    if parameter.kind is ParameterKind.JSON:
        return _json_fault(parameter, value)
    return ""


def is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    whole = parts.scheme in ("http", "https") and bool(parts.hostname)
    return whole and not re.search(r"[\s\x00-\x1f]", text)


def _url_fault(parameter: Parameter, value: str) -> str:
    if not is_address(value):
        return f"{parameter.label} must be an address that starts with http:// or https://."
    return ""


def _json_fault(parameter: Parameter, value: str) -> str:
    try:
        # Numbers stay text: Python makes no number of more than 4,300 digits, and JSON has no such limit.
        json.loads(value, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except ValueError:
        return f"{parameter.label} is not valid JSON. Check quotes and commas."
    except RecursionError:
        return f"{parameter.label} is nested too deeply. Put fewer brackets into each other."
    return ""


def _no_constant(name: str) -> None:
    """Refuse NaN and Infinity, which Python reads although JSON has none."""
    raise ValueError(name)


def _mentions(spec: ModelSpec, values: Values, known: Known | None) -> Iterator[str]:
    prompt, subjects = values.get("prompt"), values.get("subjects")
    if spec.has("subjects") and isinstance(prompt, str) and isinstance(subjects, list | tuple):
        ids = [subject.get("id") for subject in subjects if isinstance(subject, dict)]
        yield from mention_problems(prompt, [i for i in ids if isinstance(i, str)], known)
