"""What came into the studio's form, read by its fields."""

from functools import cached_property
from typing import Any, cast
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from generation.catalog import ModelSpec, ParameterKind
from generation.lifecycle.enqueue import SubjectInput
from generation.models import ApiKey, Image, User

from . import metadata
from .chosen import chosen_images
from .parts import fields_for, plain_parameters
from .surface import CUSTOM


class Given(forms.Form):
    """A form of the fields that a model takes.

    With `data` it is bound; `quiet=True` shows what was typed without judging it (the member is
    still choosing). `initial` has parameters by the gateway's names, `images` (rows),
    `image_urls` (a text) and `subjects` (handles).
    """

    def __init__(
        self,
        spec: ModelSpec,
        user: User,
        data: QueryDict | None = None,
        files: MultiValueDict[str, Any] | None = None,
        *,
        quiet: bool = False,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, files, initial=initial)
        self.spec, self.user, self.quiet = spec, user, quiet
        self.fields |= fields_for(spec, user)
        self.token = _token(self._given("submission"))

    def _given(self, name: str) -> str:
        return str(self.data.get(name, "")) if self.is_bound else ""

    def _read(self, name: str, otherwise: Any = None) -> Any:
        """What the field has read, or made of its initial value; `otherwise` where it could not."""
        if self.is_bound:
            self.is_valid()  # reads all fields, if nobody has asked before
            return self.cleaned_data.get(name, otherwise)
        try:
            return self.fields[name].clean(self.initial.get(name))
        except (KeyError, ValidationError):
            return otherwise

    @cached_property
    def values(self) -> dict[str, Any]:
        """Parameters read so far by the gateway's names; what cannot be read is left out."""
        plain = plain_parameters(self.spec)
        if not self.is_bound:
            return {p.name: self.initial[p.name] for p in plain if p.name in self.initial}
        values = {}
        for parameter in plain:
            name = parameter.name
            value = self._read(name + CUSTOM) or self._read(name)
            if value is None and parameter.kind is ParameterKind.JSON:
                value = metadata.from_keys(self.data) or None
            if value is not None:
                values[name] = value
        return values

    @property
    def kept(self) -> list[Image]:
        """Images that came with the form or with an earlier try, in the member's order."""
        if not self.is_bound:
            return list(self.initial.get("images", []))
        return list(self._read("images", self._chosen[0]))

    @cached_property
    def _chosen(self) -> tuple[list[Image], list[str]]:
        return chosen_images(self.user, self._read("image_ids", []))

    @property
    def urls(self) -> list[str]:
        return list(self._read("image_urls", []))

    @property
    def handles(self) -> list[str]:
        shown = self["subjects"].value() if "subjects" in self.fields else []
        return list(filter(None, shown or []))

    @cached_property
    def chosen_subjects(self) -> list[SubjectInput]:
        return list(self._read("subjects", []))

    def as_catalogue_sees(self) -> dict[str, Any]:
        """All values with stand-ins for images and subjects, for checks, rules and prices."""
        complete = dict(self.values)
        if self.spec.has("images"):
            complete["images"] = [*self.kept, *self.urls]
        if self.spec.has("subjects"):
            complete["subjects"] = [
                {"id": s.handle, "images": s.inputs, "voice_id": s.voice_id}
                for s in self.chosen_subjects
            ]
        return complete

    @property
    def chosen_key(self) -> ApiKey | None:
        """The key asked for, else the team's first."""
        return cast("ApiKey | None", self._read("key"))

    @property
    def chosen_visibility(self) -> str:
        return str(self._read("visibility", self.user.default_visibility))

    @property
    def chosen_variations(self) -> int:
        return int(self._read("variations", 1))


def _token(given: str) -> str:
    """The hidden id that makes a double click one task."""
    try:
        return str(UUID(given))
    except ValueError:
        return str(uuid4())
