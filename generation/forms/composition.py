"""What the studio's form asks for: read from the browser, checked by the catalogue."""

from functools import cached_property
from typing import Any, cast
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from generation.catalog import (
    Kind,
    ModelSpec,
    Parameter,
    check,
)
from generation.lifecycle.submit import Input, SubjectInput, Submission
from generation.models import ApiKey, Image, User, Visibility

from . import metadata
from .fields import FilesField, ParameterField
from .inputs import keep_uploads, picked_subjects, shape_problems

MAX_VARIATIONS = 4
CUSTOM = "_custom"
"""Suffix of the free-text twin of a list: what is typed there wins."""


class Composition(forms.Form):
    """One form for every model.

    With `data` it is bound; `quiet=True` shows what was typed without judging it (the member is
    still choosing). Uploads are kept as images of the user as soon as they are found good, so a
    form that comes back with errors comes back with its images.
    """

    def __init__(
        self,
        spec: ModelSpec,
        user: User,
        data: QueryDict | None = None,
        files: MultiValueDict[str, Any] | None = None,
        *,
        quiet: bool = False,
        values: dict[str, Any] | None = None,
        images: list[Image] | None = None,
        image_urls: list[str] | None = None,
        handles: list[str] | None = None,
    ) -> None:
        super().__init__(data, files)
        self.spec, self.user, self.quiet = spec, user, quiet
        self.first_values = values or {}
        self.first_images, self.first_urls = images or [], image_urls or []
        self.first_handles = handles or []
        self.fresh_token: UUID | None = None
        self.stored: list[Image] | None = None
        for parameter in self.plain_parameters:
            self.fields[parameter.name] = ParameterField(parameter)
            if parameter.kind in (Kind.VOICE, Kind.RATIO):
                self.fields[parameter.name + CUSTOM] = ParameterField(parameter)
        self.fields["images"] = FilesField(required=False)

    # What was given

    @cached_property
    def plain_parameters(self) -> list[Parameter]:
        apart = (Kind.IMAGES, Kind.SUBJECTS)
        return [p for p in self.spec.parameters if p.kind not in apart]

    def _list(self, name: str) -> list[str]:
        return cast(QueryDict, self.data).getlist(name) if self.is_bound else []

    @cached_property
    def values(self) -> dict[str, Any]:
        """Parameters read so far by the gateway's names; what cannot be read is left out."""
        if not self.is_bound:
            return dict(self.first_values)
        read = {}
        for name, field in self.fields.items():
            if isinstance(field, ParameterField):
                try:
                    read[name] = field.to_python(self.data.get(name))
                except ValidationError:
                    continue
        return self._sendable(read)

    def _sendable(self, read: dict[str, Any]) -> dict[str, Any]:
        values = {}
        for parameter in self.plain_parameters:
            name = parameter.name
            value = read.get(name + CUSTOM) or read.get(name)
            if value is None and parameter.kind is Kind.JSON:
                value = metadata.from_keys(self.data) or None
            if value is not None:
                values[name] = value
        return values

    @cached_property
    def kept(self) -> list[Image]:
        """Images that came with the form or with an earlier try, in the member's order."""
        if not self.is_bound:
            return self.first_images
        if self.stored is not None:
            return self.stored
        wanted = []
        for text in self._list("kept")[:20]:
            try:
                wanted.append(UUID(text))
            except ValueError:
                continue
        found = Image.objects.visible_to(self.user).in_bulk(wanted)
        return [found[pk] for pk in dict.fromkeys(wanted) if pk in found]

    @cached_property
    def urls(self) -> list[str]:
        if not self.is_bound:
            return self.first_urls
        lines = self.data.get("image_urls", "").replace("\r", "\n").split("\n")
        return [line.strip() for line in lines if line.strip()]

    @cached_property
    def handles(self) -> list[str]:
        given = self._list("subjects") if self.is_bound else self.first_handles
        return list(dict.fromkeys(handle.lstrip("@") for handle in given if handle))

    @cached_property
    def chosen_subjects(self) -> list[SubjectInput]:
        return picked_subjects(self.user, self.handles) if self.spec.has("subjects") else []

    def as_catalogue_sees(self) -> dict[str, Any]:
        """All values with stand-ins for images and subjects, for checks, rules and prices."""
        complete = dict(self.values)
        if self.spec.has("images"):
            complete["images"] = [*self.kept, *self.urls]
        if self.spec.has("subjects"):
            complete["subjects"] = [
                {"id": s.handle, "images": list(s.images), "voice_id": s.voice_id}
                for s in self.chosen_subjects
            ]
        return complete

    @cached_property
    def _usable_keys(self) -> list[ApiKey]:
        return list(ApiKey.objects.usable_by(self.user))

    @property
    def _wanted_key(self) -> str:
        return str(self.data.get("key", "")).strip() if self.is_bound else ""

    @property
    def chosen_key(self) -> ApiKey | None:
        """The key asked for, else the team's first."""
        if self._wanted_key:
            return next((k for k in self._usable_keys if str(k.pk) == self._wanted_key), None)
        return self._usable_keys[0] if self._usable_keys else None

    @property
    def visibility(self) -> str:
        given = self.data.get("visibility", "") if self.is_bound else ""
        return given if given in Visibility.values else self.user.default_visibility

    @property
    def variations(self) -> int:
        try:
            return min(max(int(self.data.get("variations") or 1), 1), MAX_VARIATIONS)
        except (TypeError, ValueError):
            return 1

    @property
    def token(self) -> str:
        """The hidden id that makes a double click one task; a new one after success."""
        if self.fresh_token is None:
            given = self.data.get("submission", "") if self.is_bound else ""
            try:
                self.fresh_token = UUID(given)
            except ValueError:
                self.fresh_token = uuid4()
        return str(self.fresh_token)

    def renew_token(self) -> None:
        self.fresh_token = uuid4()

    # Whether it is right

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._keep_uploads(cleaned.get("images") or [])
        for problem in check(
            self.spec, self.as_catalogue_sees(), off_peak=settings.OFF_PEAK_AVAILABLE
        ):
            if not self.problems.get(problem.parameter) and problem.parameter not in self.errors:
                self._refuse(problem.parameter, problem.message)
        self._check_images()
        self._check_subjects()
        if self.data.get("variations", "") not in ("", *map(str, range(1, MAX_VARIATIONS + 1))):
            self._refuse("variations", f"Choose 1 to {MAX_VARIATIONS} variations.")
        if self.chosen_key is None:
            self._refuse("key", self._no_key())
        return cleaned

    @cached_property
    def problems(self) -> dict[str, list[str]]:
        """What is wrong, by the name of the field it stands beside."""
        return {}

    def _refuse(self, name: str, message: str) -> None:
        self.problems.setdefault(name, []).append(message)
        self.add_error(None, message)

    def _keep_uploads(self, files: list[Any]) -> None:
        if not self.spec.has("images"):
            return
        parameter = self.spec.parameter("images")
        images, refused = keep_uploads(files, self.user, parameter)
        if parameter.maximum == 1 and images:
            # One frame only: the file just chosen replaces the one kept from before.
            self.stored = images
        else:
            self.stored = list(dict.fromkeys([*self.kept, *images]))
        self.__dict__.pop("kept", None)
        for message in refused:
            self._refuse("images", message)

    def _check_images(self) -> None:
        if not self.spec.has("images"):
            return
        for message in shape_problems(self.kept, self.spec.parameter("images")):
            self._refuse("images", message)
        for url in self.urls:
            if not url.startswith(("http://", "https://")) or " " in url:
                self._refuse(
                    "images", f"“{url[:80]}” is no address that starts with http:// or https://."
                )

    def _check_subjects(self) -> None:
        if not self.spec.has("subjects"):
            return
        known = {subject.handle for subject in self.chosen_subjects}
        for handle in self.handles:
            if handle not in known:
                self._refuse(
                    "subjects", f"There is no subject @{handle} that you may use. Pick another."
                )

    def _no_key(self) -> str:
        if self._wanted_key:
            return "This key cannot be used any more. Choose another."
        if self.user.is_staff:
            return "There is no key yet. Add a team key on the Keys page."
        return "There is no key yet. Ask an admin for a team key, or add your own on the Keys page."

    def submission_for(self) -> Submission:
        """What this valid form asks for."""
        assert self.chosen_key is not None
        images = [Input(image=image) for image in self.kept] if self.spec.has("images") else []
        if self.spec.has("images"):
            images += [Input(url=url) for url in self.urls]
        return Submission(
            owner=self.user,
            spec=self.spec,
            params=self.values,
            key=self.chosen_key,
            visibility=self.visibility,
            images=images,
            subjects=self.chosen_subjects,
            variations=self.variations,
            token=UUID(self.token),
        )
