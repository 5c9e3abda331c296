"""What the studio's form asks for, checked by the catalogue."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from generation.catalog import MODELS, Parameter, Price, Problem, as_images, check, mention_problems
from generation.catalog.matrix import combination_label, with_combination
from generation.library.mention_list import known_handles
from generation.lifecycle.enqueue import Input, Submission
from generation.models import Task, User
from generation.money.prices import prices_for, together

from . import matrix, metadata
from .addresses import address_problems
from .chosen import keep_uploads, shape_problems
from .fields import echo
from .given import Given
from .prices import price_problem, total
from .subject_choice import choice_problems
from .surface import CUSTOM, likeliest, name_problems

MOST_MESSAGES = 5
"""Sentences beside one field; the rest is counted."""


class Composition(Given):
    """One form for every model. Everything that is not exactly what it offers is refused."""

    no_model = ""
    """What is wrong with the model's name; then what else is wrong depends on the model."""

    already: Task | None = None
    """The same, running or made lately: the page asks whether it shall be made once more."""

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
        """After success, so that the next post is a new one and not this one sent twice."""
        self.token = str(uuid4())

    @cached_property
    def price(self) -> Price:
        """Of one variation of everything: what tasks alike were charged, else the list price."""
        if self.no_model:
            return Price(None, note="It depends on the model.")
        seen = self.as_catalogue_sees()
        each = [with_combination(seen, combination) for combination in self.combinations]
        return together(prices_for(self.spec, each))

    def clean_images(self) -> list[Input]:
        """Uploads become images of the user as soon as they are found good.

        Not after validation: all that is checked counts them, none is in memory longer than
        that takes, and a form that comes back with errors comes back with its images.
        """
        parameter = self.spec.parameter("images")
        images, refused = keep_uploads(self.cleaned_data["images"], self.user, parameter)
        for message in refused:
            self.refuse("images", message)
        fresh = [Input(image=image) for image in images]
        if parameter.maximum == 1 and fresh:
            # One frame only: the file just chosen replaces the one kept from before.
            return fresh
        before = self._chosen[0]
        return [*before, *(given for given in dict.fromkeys(fresh) if given not in before)]

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
        off_peak, wrong = settings.OFF_PEAK_AVAILABLE, set(self.errors)
        for problem in check(self.spec, seen, off_peak=off_peak, known=self._known_handles):
            if problem.parameter not in wrong:
                self.refuse(problem.parameter, problem.message)
        self._check_matrix()
        self._check_subjects()
        if self.spec.has("images"):
            self._check_images(self.spec.parameter("images"))
        if metadata.contradicts(self.data):
            self.refuse("meta_data", "It is given twice: as JSON and by its keys. Empty one.")

    def _check_matrix(self) -> None:
        seen, data = self.as_catalogue_sees(), cast(QueryDict, self.data)
        amiss = matrix.problems(self.spec, seen, self.also, self.chosen_variations, data)
        for message in dict.fromkeys([*self._matrix[1], *amiss]):
            self.refuse("matrix", message)
        if "matrix" in self.errors:
            return
        own = {problem.message for problem in self._problems({})}
        for combination in self.combinations:
            for problem in self._problems(combination):
                if problem.message not in own:
                    named = combination_label(self.spec, combination)
                    self.refuse("matrix", f"{named}: {problem.message}")

    def _problems(self, combination: Mapping[str, Any]) -> list[Problem]:
        """Without a look at handles, which are the same in every combination."""
        values = with_combination(self.as_catalogue_sees(), combination)
        return check(self.spec, values, off_peak=settings.OFF_PEAK_AVAILABLE)

    def _known_handles(self) -> list[str]:
        return known_handles(self.user)

    def _check_subjects(self) -> None:
        known = {subject.handle for subject in self.picked_subjects}
        for handle in self.handles:
            if handle not in known:
                self.refuse(
                    "subjects",
                    f"There is no subject @{echo(handle)} that you may use. Pick another.",
                )
        for message in choice_problems(self.picked_subjects, self.choices):
            self.refuse("subjects", message)
        if self.spec.mentions:
            self._check_mentions()

    def _check_mentions(self) -> None:
        for message in mention_problems(self.written, self.handles, self._known_handles):
            self.refuse("prompt", message)
        most = self.spec.parameter("prompt").max_length or 0
        if len(self.written) <= most < (length := len(self.sent_prompt)):
            self.refuse(
                "prompt",
                f"With the numbers of images in place of mentions it has {length:,} characters; "
                f"at most {most:,} are allowed.",
            )

    @property
    def written(self) -> str:
        return str(self.values.get("prompt") or "")

    @property
    def sent_prompt(self) -> str:
        if not self.spec.mentions:
            return self.written
        counts = {s.handle: len(s.inputs) for s in self.chosen_subjects}
        return as_images(self.written, counts, len(self.inputs_given))

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
        if self.quiet:
            return []
        found = [*self.errors.get(name, []), *self.errors.get(name + CUSTOM, [])]
        more = [f"And {len(found) - MOST_MESSAGES} more."] if len(found) > MOST_MESSAGES else []
        return [*map(str, found[:MOST_MESSAGES]), *more]

    def submission_for(self) -> Submission:
        assert self.chosen_key is not None
        return Submission(
            owner=self.user,
            spec=self.spec,
            params=self.values,
            key=self.chosen_key,
            visibility=self.chosen_visibility,
            images=self.inputs_given,
            subjects=self.chosen_subjects,
            variations=self.chosen_variations,
            combinations=self.combinations,
            token=UUID(self.token),
            asks=self._given("ask") == "1",
            shown_price=self._given("shown_price"),
        )
