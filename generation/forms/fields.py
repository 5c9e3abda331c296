"""Form fields that read the catalogue's kinds from what a browser sends."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from generation.catalog import Kind, Parameter

TRUE_WORDS = frozenset({"on", "true", "1", "yes"})
WHOLE_NUMBERS = (Kind.INTEGER, Kind.SEED, Kind.CORNER)


class ParameterField(forms.Field):
    """One parameter. It only reads the type; whether the value fits is the catalogue's to say.

    Nothing given reads as None. Line ends become a single newline, so that a browser's two
    characters do not count twice.
    """

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(required=False, label=parameter.label)
        self.parameter = parameter

    def to_python(self, value: Any) -> Any:
        if value is None:
            return None
        text = str(value).replace("\r\n", "\n").strip()
        if not text:
            return None
        kind = self.parameter.kind
        if kind is Kind.BOOLEAN:
            return True if text.lower() in TRUE_WORDS else None
        if kind in WHOLE_NUMBERS or (kind is Kind.CHOICE and self._has_numbers()):
            return self._whole_number(text)
        return text

    def _has_numbers(self) -> bool:
        options = self.parameter.options
        return bool(options) and isinstance(options[0].value, int)

    def _whole_number(self, text: str) -> int | None:
        try:
            if len(text) > 20:
                raise ValueError
            number = int(text)
        except ValueError:
            raise ValidationError(f"{self.label} must be a whole number.") from None
        # The gateway reads 0 as "random", the same as leaving the seed alone (seed 000).
        return None if self.parameter.kind is Kind.SEED and number == 0 else number


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of uploaded files, as a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(FilesField, self).clean(file, initial) for file in given]
