"""The fields of the studio's form: what the model takes, and what every model has."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from generation.catalog import ModelSpec, Parameter, ParameterKind
from generation.lifecycle.enqueue import SubjectInput
from generation.models import ApiKey, User, Visibility
from generation.people.access import may_add_team_keys

from .addresses import address_lines
from .chosen import picked_subjects
from .fields import FilesField, ParameterField
from .surface import CUSTOM, TYPED

MAX_VARIATIONS = 4


class TextsField(forms.Field):
    """Every value given under one name, in their order."""

    widget = forms.MultipleHiddenInput


class AddressesField(forms.Field):
    def to_python(self, value: Any) -> list[str]:
        return address_lines(str(value or ""))


class SubjectsField(TextsField):
    """Handles, read as the subjects that they mean for the user; those that mean none are missing."""

    def __init__(self, user: User) -> None:
        super().__init__(required=False)
        self.user = user

    def to_python(self, value: Any) -> list[SubjectInput]:
        return picked_subjects(self.user, list(filter(None, value or [])))


class KeyField(forms.Field):
    """One of the user's usable keys, by its id; the first of them when none is named."""

    def __init__(self, user: User) -> None:
        super().__init__(required=False)
        self.user = user
        self.keys: Sequence[ApiKey] = list(ApiKey.objects.usable_by(user))

    def to_python(self, value: Any) -> ApiKey:
        wanted = str(value or "")
        found = [key for key in self.keys if wanted in ("", str(key.pk))]
        if not found:
            raise ValidationError(self._missing(wanted))
        return found[0]

    def _missing(self, wanted: str) -> str:
        if wanted:
            return "This key cannot be used any more. Choose another."
        if may_add_team_keys(self.user):
            return "There is no key yet. Add a team key on the Keys page."
        return "There is no key yet. Ask an admin for a team key, or add your own on the Keys page."


def plain_parameters(spec: ModelSpec) -> list[Parameter]:
    return [
        p for p in spec.parameters if p.kind not in (ParameterKind.IMAGES, ParameterKind.SUBJECTS)
    ]


def fields_for(spec: ModelSpec, user: User) -> dict[str, forms.Field]:
    """By name. The images kept from before are read before those that are added to them."""
    plain = plain_parameters(spec)
    fields: dict[str, forms.Field] = {p.name: ParameterField(p) for p in plain}
    fields |= {p.name + CUSTOM: ParameterField(p) for p in plain if p.kind in TYPED}
    if spec.has("images"):
        fields["image_ids"] = TextsField(required=False)
        fields["image_urls"] = AddressesField(required=False)
        fields["images"] = FilesField(required=False)
    if spec.subjects:
        fields["subjects"] = SubjectsField(user)
    return fields | _common(user)


def _common(user: User) -> dict[str, forms.Field]:
    counts = [(str(count), str(count)) for count in range(1, MAX_VARIATIONS + 1)]
    return {
        "variations": forms.TypedChoiceField(
            choices=counts,
            coerce=int,
            empty_value="1",
            required=False,
            error_messages={"invalid_choice": f"Choose 1 to {MAX_VARIATIONS} variations."},
        ),
        "visibility": forms.TypedChoiceField(
            choices=Visibility.choices,
            empty_value=user.default_visibility,
            required=False,
            error_messages={"invalid_choice": "Choose who sees it: the team, or only you."},
        ),
        "key": KeyField(user),
    }
