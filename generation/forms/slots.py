"""One parameter as the composer shows it."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from generation.catalog import Group, Parameter, ParameterKind

TEMPLATES = {
    ParameterKind.INTEGER: "choice",
    ParameterKind.CHOICE: "choice",
    ParameterKind.BOOLEAN: "boolean",
    ParameterKind.RATIO: "ratio",
    ParameterKind.SEED: "seed",
    ParameterKind.VOICE: "voice",
    ParameterKind.CORNER: "corner",
    ParameterKind.URL: "url",
    ParameterKind.JSON: "json",
    ParameterKind.TEXT: "text",
    ParameterKind.IMAGES: "images",
    ParameterKind.SUBJECTS: "subjects",
}

PICKED = ("choice", "boolean", "voice", "ratio", "corner")
MOST_SAID = 20
"""Characters of a value that fit into such a line."""
MOST_SEGMENTS = 4
"""Options that stand side by side in half a column; more of them are a list."""
CLOSED_LISTS = (ParameterKind.INTEGER, ParameterKind.CHOICE)


@dataclass(frozen=True, slots=True)
class Slot:
    """What the template needs to draw one field.

    `note` says why a value has no effect, `closed` why the field cannot be used at all;
    `custom` is a value that none of the offered options has.
    """

    parameter: Parameter
    value: str
    errors: list[str] = dataclasses.field(default_factory=list)
    note: str = ""
    closed: str = ""

    @property
    def name(self) -> str:
        return self.parameter.name

    @property
    def id(self) -> str:
        return f"id_{self.parameter.name}"

    @property
    def template(self) -> str:
        return TEMPLATES[self.parameter.kind]

    @property
    def is_picked(self) -> bool:
        """Its value is picked from a few, so that it is drawn anew when they change."""
        return self.template in PICKED

    @property
    def default_label(self) -> str:
        if self.parameter.default in (None, ""):
            return "Chosen by the model"
        labels = {option.value: option.label for option in self.parameter.options}
        default = self.parameter.default
        return f"Default · {labels.get(default, default)}"

    @property
    def checked(self) -> bool:
        return self.value.lower() in ("on", "true", "1", "yes")

    @property
    def options(self) -> list[tuple[str, str]]:
        return [(str(option.value), option.label) for option in self.parameter.options]

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """What a stepper or segments offer, as (value, label, chosen).

        The gateway's default says nothing, so that it stays the gateway's, unless it was given.
        """
        default = str(self.parameter.default)
        offered = []
        for value, label in self.options:
            sent = "" if value == default != self.value else value
            offered.append((sent, label, self.value in (value, sent)))
        return offered

    @property
    def layout(self) -> str:
        """How an everyday option is drawn: `single`, `stepper`, `segments` or the kind's template."""
        if self.template != "choice" or self.errors or not self.options:
            return self.template
        if str(self.parameter.default) not in dict(self.options):
            return self.template
        if len(self.options) == 1:
            return "single"
        if self.parameter.kind is ParameterKind.INTEGER:
            return "stepper"
        return "segments" if len(self.options) <= MOST_SEGMENTS else self.template

    @property
    def is_everyday(self) -> bool:
        return self.parameter.group is Group.EVERYDAY

    @property
    def is_set(self) -> bool:
        return self.value not in ("", str(self.parameter.default))

    @property
    def said(self) -> str:
        label = self.parameter.label
        shown = dict(self.options).get(self.value, self.value)
        if self.template == "boolean":
            return label
        return f"{label} {shown if len(shown) <= MOST_SAID else '…'}"

    @property
    def custom(self) -> str:
        offered = {value for value, _ in self.options}
        return "" if self.value in offered else self.value

    @property
    def stray(self) -> str:
        return self.custom if self.errors and self.parameter.kind in CLOSED_LISTS else ""


def as_text(value: Any) -> str:
    if value is None or value is False:
        return ""
    return "on" if value is True else str(value)
