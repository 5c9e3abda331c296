"""A task's parameters as rows of its page."""

from typing import Any, NamedTuple

from generation.catalog import ModelSpec, Parameter, ParameterKind, effective, notes


class Row(NamedTuple):
    label: str
    value: str
    note: str = ""


ALWAYS = ("duration", "resolution", "aspect_ratio")
"""Shown also where they are as the gateway has them by itself."""


def facts(spec: ModelSpec | None, params: dict[str, Any]) -> tuple[str, list[Row]]:
    if spec is None:
        return "", [Row(name, _cut(str(value))) for name, value in params.items()]
    complete, hints = effective(spec, params), notes(spec, params)
    chosen = {parameter.name for parameter in spec.parameters if _is_chosen(parameter, params)}
    rows = [
        Row(
            parameter.label,
            shown_value(parameter, complete.get(parameter.name)),
            hints.get(parameter.name, "") if parameter.name in chosen else "",
        )
        for parameter in spec.parameters
        if (parameter.name in chosen or parameter.name in ALWAYS)
        and complete.get(parameter.name) not in (None, "")
    ]
    return (spec.title if chosen else f"{spec.title}, all at default"), rows


def _is_chosen(parameter: Parameter, params: dict[str, Any]) -> bool:
    if (
        parameter.kind in (ParameterKind.IMAGES, ParameterKind.SUBJECTS)
        or parameter.name == "prompt"
    ):
        return False
    given = params.get(parameter.name)
    return given not in (None, "") and given != parameter.default


def shown_value(parameter: Parameter, value: object) -> str:
    labels = {option.value: option.label for option in parameter.options}
    if isinstance(value, bool):
        return "On" if value else "Off"
    return _cut(labels.get(value) or str(value))


def _cut(text: str) -> str:
    return text if len(text) <= 400 else f"{text[:400]}… ({len(text):,} characters)"
