"""One parameter as the composer shows it."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from generation.catalog import VOICES, Parameter, ParameterKind

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
    def groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        return [
            (group.language, [(voice.id, voice.label) for voice in group.voices])
            for group in VOICES
        ]

    @property
    def custom(self) -> str:
        offered = {value for value, _ in self.options}
        if self.parameter.kind is ParameterKind.VOICE:
            offered = {voice.id for group in VOICES for voice in group.voices}
        return "" if self.value in offered else self.value

    @property
    def stray(self) -> str:
        """A refused value of a plain list, which the list shows as it was given."""
        return self.custom if self.errors and self.parameter.kind in CLOSED_LISTS else ""


def as_text(value: Any) -> str:
    """A value as it stands in a form field."""
    if value is None or value is False:
        return ""
    return "on" if value is True else str(value)
