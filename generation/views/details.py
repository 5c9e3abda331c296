"""A task's parameters as rows of its page."""

from typing import NamedTuple

from generation.catalog import Kind, Parameter, effective, notes
from generation.models import Task


class Row(NamedTuple):
    label: str
    value: str
    note: str = ""


def rows(task: Task) -> list[Row]:
    """Every parameter the model has: what was sent, or the gateway's default where nothing was."""
    if task.spec is None:
        return [Row(name, str(value)) for name, value in task.params.items()]
    complete, hints = effective(task.spec, task.params), notes(task.spec, task.params)
    return [
        Row(
            parameter.label,
            _shown(parameter, complete.get(parameter.name)),
            hints.get(parameter.name, "" if parameter.name in task.params else "default"),
        )
        for parameter in task.spec.parameters
        if parameter.kind not in (Kind.IMAGES, Kind.SUBJECTS)
        and complete.get(parameter.name) not in (None, "")
        and parameter.name != "prompt"
    ]


def _shown(parameter: Parameter, value: object) -> str:
    labels = {option.value: option.label for option in parameter.options}
    if isinstance(value, bool):
        return "On" if value else "Off"
    text = labels.get(value) or str(value)
    return text if len(text) <= 400 else f"{text[:400]}… ({len(text):,} characters)"
