"""A task's parameters as rows of its page."""

from typing import Any, NamedTuple

from generation.catalog import ModelSpec, Parameter, ParameterKind, effective, notes


class Row(NamedTuple):
    label: str
    value: str
    note: str = ""


def rows(spec: ModelSpec | None, params: dict[str, Any]) -> list[Row]:
    """Every parameter the model has: what was sent, or the gateway's default where nothing was."""
    if spec is None:
        return [Row(name, _cut(str(value))) for name, value in params.items()]
    complete, hints = effective(spec, params), notes(spec, params)
    return [
        Row(
            parameter.label,
            _shown(parameter, complete.get(parameter.name)),
            hints.get(parameter.name, "" if parameter.name in params else "default"),
        )
        for parameter in spec.parameters
        if parameter.kind not in (ParameterKind.IMAGES, ParameterKind.SUBJECTS)
        and complete.get(parameter.name) not in (None, "")
        and parameter.name != "prompt"
    ]


def _shown(parameter: Parameter, value: object) -> str:
    labels = {option.value: option.label for option in parameter.options}
    if isinstance(value, bool):
        return "On" if value else "Off"
    return _cut(labels.get(value) or str(value))


def _cut(text: str) -> str:
    return text if len(text) <= 400 else f"{text[:400]}… ({len(text):,} characters)"
