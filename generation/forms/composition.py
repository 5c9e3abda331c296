"""What the studio's form asks for, checked by the catalogue."""

from typing import Any, Self, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from generation.catalog import MODELS, Parameter, Price, check
from generation.lifecycle.enqueue import Input, Submission
from generation.models import Image, User

from . import metadata
from .addresses import address_problems
from .chosen import keep_uploads, shape_problems
from .fields import echo
from .given import Given
from .prices import price_problem, total
from .surface import CUSTOM, likeliest, name_problems

MOST_MESSAGES = 5
"""Sentences beside one field; the rest is counted."""


class Composition(Given):
    """One form for every model. Everything that is not exactly what it offers is refused."""

    no_model = ""
    """What is wrong with the model's name; then what else is wrong depends on the model."""

    @classmethod
    def posted(
        cls,
        user: User,
        data: QueryDict,
        files: MultiValueDict[str, Any] | None = None,
        *,
        quiet: bool = False,
    ) -> Self:
        """The form of the model that `data` names, or of the likeliest one, which is then missed."""
        model = data.get("model", "")
        form = cls(MODELS.get(model) or likeliest(data), user, data, files, quiet=quiet)
        if model not in MODELS:
            known = "Choose one of the models."
            form.no_model = f"There is no model “{echo(model)}”. {known}" if model else known
        return form

    def renew_token(self) -> None:
        """After success: what is sent from here on is meant anew."""
        self.token = str(uuid4())

    @property
    def price(self) -> Price:
        """The list price of one variation."""
        if self.no_model:
            return Price(None, note="It depends on the model.")
        return self.spec.list_price(self.as_catalogue_sees())

    def clean_images(self) -> list[Image]:
        """Uploads become images of the user as soon as they are found good.

        Not after validation: all that is checked counts them, none is in memory longer than
        that takes, and a form that comes back with errors comes back with its images.
        """
        parameter = self.spec.parameter("images")
        images, refused = keep_uploads(self.cleaned_data["images"], self.user, parameter)
        for message in refused:
            self.refuse("images", message)
        if parameter.maximum == 1 and images:
            # One frame only: the file just chosen replaces the one kept from before.
            return images
        return list(dict.fromkeys([*self._chosen[0], *images]))

    def clean(self) -> dict[str, Any]:
        if self.no_model:
            self.refuse("model", self.no_model)
        else:
            self._check_model()
        if self._given("submission") not in ("", self.token):
            self.refuse("submission", "The form had lost its number. Send it again.")
        self._check_price()
        return self.cleaned_data

    def _check_model(self) -> None:
        files = cast("MultiValueDict[str, Any]", self.files)
        for name, message in name_problems(self.spec, cast(QueryDict, self.data), files):
            self.refuse(name, message)
        seen = self.as_catalogue_sees()
        for problem in check(self.spec, seen, off_peak=settings.OFF_PEAK_AVAILABLE):
            if problem.parameter not in self.errors:
                self.refuse(problem.parameter, problem.message)
        if self.spec.has("images"):
            self._check_images(self.spec.parameter("images"))
        known = {subject.handle for subject in self.chosen_subjects}
        for handle in self.handles:
            if handle not in known:
                self.refuse(
                    "subjects",
                    f"There is no subject @{echo(handle)} that you may use. Pick another.",
                )
        if metadata.contradicts(self.data):
            self.refuse("meta_data", "It is given twice: as JSON and by its keys. Empty one.")

    def _check_images(self, parameter: Parameter) -> None:
        for message in (
            *shape_problems(self.kept, self.user, parameter),
            *self._chosen[1],
            *address_problems(self.urls, parameter.maximum or 1),
        ):
            self.refuse("images", message)

    def _check_price(self) -> None:
        """Only of a form that is right otherwise: a wrong value has no price."""
        given = self._given("shown_price")
        if given and not self.errors:
            problem = price_problem(given, total(self.price, self.chosen_variations))
            if problem:
                self.refuse("shown_price", problem)

    def refuse(self, name: str, message: str) -> None:
        """Makes the form wrong at the field `name`; "" for what no field of the page has."""
        self.errors.setdefault(name, self.error_class()).append(message)

    def errors_at(self, name: str) -> list[str]:
        """The sentences beside the field, at most a handful; none while it is quiet."""
        if self.quiet:
            return []
        found = [*self.errors.get(name, []), *self.errors.get(name + CUSTOM, [])]
        more = [f"And {len(found) - MOST_MESSAGES} more."] if len(found) > MOST_MESSAGES else []
        return [*map(str, found[:MOST_MESSAGES]), *more]

    def submission_for(self) -> Submission:
        assert self.chosen_key is not None
        images = [Input(image=image) for image in self.kept] if self.spec.has("images") else []
        return Submission(
            owner=self.user,
            spec=self.spec,
            params=self.values,
            key=self.chosen_key,
            visibility=self.chosen_visibility,
            images=[*images, *(Input(url=url) for url in self.urls)],
            subjects=self.chosen_subjects,
            variations=self.chosen_variations,
            token=UUID(self.token),
        )
