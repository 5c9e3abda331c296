"""Form fields that read the catalogue's kinds from what a browser sends."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from generation.catalog import Parameter, ParameterKind, whole_ratio

ON_WORDS = frozenset({"on", "true", "1", "yes"})
OFF_WORDS = frozenset({"off", "false", "0", "no"})
SIGNED_DIGITS = re.compile(r"[+-]?[0-9]{1,20}")
MOST_ECHOED = 60
"""Characters of a wrong value that a sentence repeats."""


def storable(text: str) -> str:
    """Without what no database takes (NUL), and without halves of characters, which no page can show."""
    return text.replace("\0", "").encode(errors="ignore").decode()


def echo(text: str, most: int = MOST_ECHOED) -> str:
    clean = text.replace("\0", "␀")
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"


class ParameterField(forms.Field):
    """One parameter. It reads the type and takes only what is offered; whether the value fits
    beside the others is the catalogue's to say.

    Nothing given reads as None. In a prompt a browser's two characters for a line end become
    one, so that they do not count twice; verbatim text stays as it came.
    """

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(required=False, label=parameter.label)
        self.parameter = parameter

    def to_python(self, value: Any) -> Any:
        if value in (None, ""):
            return None
        text = str(value)
        if "\0" in text:
            raise ValidationError(
                f"{self.label} has a character that no text has (NUL). Remove it."
            )
        if self.parameter.verbatim:
            return text
        if self.parameter.kind is ParameterKind.BOOLEAN:
            return self._switch(text)
        if self.parameter.kind is ParameterKind.SEED:
            return self._seed(text)
        if self.parameter.kind is not ParameterKind.RATIO and self.parameter.options:
            return self._offered(text)
        text = text.replace("\r\n", "\n").strip()
        return (
            self._ratio(text)
            if text and self.parameter.kind is ParameterKind.RATIO
            else text or None
        )

    def _switch(self, text: str) -> bool | None:
        if text in ON_WORDS:
            return True
        if text in OFF_WORDS:
            return None
        raise ValidationError(f"{self.label} is either on or off, not “{echo(text)}”.")

    def _seed(self, text: str) -> int | None:
        if not SIGNED_DIGITS.fullmatch(text):
            raise ValidationError(f"{self.label} must be a whole number, not “{echo(text)}”.")
        # The gateway reads 0 as "random", the same as leaving the seed alone.
        return int(text) or None

    def _offered(self, text: str) -> Any:
        for option in self.parameter.options:
            if text == str(option.value):
                return option.value
        offered = ", ".join(str(option.value) for option in self.parameter.options)
        raise ValidationError(f"“{echo(text)}” is not offered. {self.label} is one of {offered}.")

    def _ratio(self, text: str) -> str:
        ratio = whole_ratio(text)
        if ratio is None:
            raise ValidationError(
                f"“{echo(text)}” is no ratio that can be sent. "
                "Write width:height, such as 16:9 or 2.39:1."
            )
        return ratio


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of uploaded files, as a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(FilesField, self).clean(file) for file in data or []]
