"""What came into the studio's form, read by its fields."""

from functools import cached_property
from typing import Any, cast
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from generation.catalog import ModelSpec, ParameterKind
from generation.catalog.matrix import Also, combinations
from generation.lifecycle.enqueue import Input, SubjectInput
from generation.models import ApiKey, Image, User

from . import matrix, metadata, subject_choice
from .chosen import chosen_inputs
from .draft_page import DraftPage
from .parts import fields_for, plain_parameters
from .surface import CUSTOM


class Given(forms.Form):
    """A form of the fields that a model takes.

    With `data` it is bound; `quiet=True` shows what was typed without judging it (the member is
    still choosing). `initial` has parameters by the gateway's names, `images` (inputs) and
    `subjects` (handles).
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
        self.page = DraftPage.of(self.data) if self.is_bound else DraftPage(spec.category)

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
    def arranged(self) -> list[Input]:
        """Uploads and addresses that stand in the row of images, in their order."""
        if not self.is_bound:
            return list(self.initial.get("images", []))
        return list(self._read("images", self._chosen[0]))

    @cached_property
    def _chosen(self) -> tuple[list[Input], list[str]]:
        return chosen_inputs(self.user, self._read("image_ids", []))

    @property
    def lines(self) -> list[str]:
        """Addresses that are typed below that row: they come after it."""
        return list(self._read("image_urls", []))

    @property
    def inputs_given(self) -> list[Input]:
        return [*self.arranged, *(Input(url=url) for url in self.lines)]

    @property
    def kept(self) -> list[Image]:
        return [given.image for given in self.arranged if given.image]

    @property
    def urls(self) -> list[str]:
        return [given.url for given in self.inputs_given if not given.image]

    @property
    def handles(self) -> list[str]:
        shown = self["subjects"].value() if "subjects" in self.fields else []
        return list(filter(None, shown or []))

    @cached_property
    def picked_subjects(self) -> list[SubjectInput]:
        """As they are in the library."""
        return list(self._read("subjects", []))

    @cached_property
    def choices(self) -> QueryDict:
        return cast(
            QueryDict, self.data if self.is_bound else self.initial.get("choices", QueryDict())
        )

    @cached_property
    def chosen_subjects(self) -> list[SubjectInput]:
        """As they go into the task: with the voices and images that the form chooses."""
        return subject_choice.chosen(self.picked_subjects, self.choices)

    def as_catalogue_sees(self) -> dict[str, Any]:
        """All values with stand-ins for images and subjects, for checks, rules and prices."""
        complete = dict(self.values)
        if self.spec.has("images"):
            complete["images"] = self.inputs_given
        if self.spec.mentions:
            complete["images"] += [one for s in self.chosen_subjects for one in s.inputs]
        if self.spec.has("subjects"):
            complete["subjects"] = [
                {"id": s.handle, "images": s.inputs, "voice_id": s.voice_id}
                for s in self.chosen_subjects
            ]
        return complete

    @cached_property
    def _matrix(self) -> tuple[dict[str, list[Any]], list[str]]:
        return matrix.given(self.spec, cast(QueryDict, self.data))

    @property
    def also(self) -> Also:
        """Further values by parameter: a task is made of each combination."""
        return self._matrix[0]

    @cached_property
    def combinations(self) -> list[dict[str, Any]]:
        return combinations(self.spec, self.as_catalogue_sees(), self.also)

    @property
    def count(self) -> int:
        """Tasks that one press makes."""
        return len(self.combinations) * self.chosen_variations

    @property
    def chosen_key(self) -> ApiKey | None:
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
