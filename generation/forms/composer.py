"""The studio's form as the page shows it: built from a model's description."""

from functools import cached_property
from typing import cast

from django.conf import settings

from generation.catalog import (
    HANDLE,
    Group,
    Parameter,
    ParameterKind,
    closed,
    narrowed,
    notes,
    unmentioned,
)
from generation.lifecycle.enqueue import Input
from generation.models import Subject, Task, User, Visibility, meant
from generation.people.access import seen_params

from . import matrix, metadata
from .chosen import picked_subjects
from .composition import Composition
from .parts import KeyField
from .slots import Slot, as_text
from .subject_chips import Chip, chip, chosen_before
from .surface import CUSTOM

OTHERS = {
    "model": "Model",
    "variations": "Variations",
    "matrix": "Matrix",
    "visibility": "Seen by",
    "key": "Key",
    "submission": "Form",
    "kind": "Kind",
    "anyway": "Anyway",
    "shown_price": "Price",
    "budget": "Budget",
    "storage": "Storage",
    "ask": "Ask",
    "pace": "Too fast",
    "": "",
}
"""Fields that are no parameters, with their labels, in the order of the page."""

UNSEEN = ("submission", "kind", "anyway", "ask", "pace", "budget", "storage", "")
"""Those of them that nobody could be led to."""


MOST_OFFERED = 30


class ComposerForm(Composition):
    """One form for every model; its fields are `slots`, in the order of the model's page."""

    @property
    def keys(self) -> list[tuple[str, str, bool]]:
        usable = cast(KeyField, self.fields["key"]).keys
        return [(str(key.pk), key.label, key == self.chosen_key) for key in usable]

    @property
    def addresses(self) -> str:
        return "\n".join(self.lines)

    @cached_property
    def offered_subjects(self) -> list[Subject]:
        picked = [handle for handle in self.handles if HANDLE.fullmatch(handle)]
        offered = Subject.objects.offered_to(self.user, ()).current().exclude(handle__in=picked)
        found = offered.order_by("-updated_at").prefetch_related("images__image")[:MOST_OFFERED]
        return list(meant(found, self.user).values())

    @cached_property
    def chips(self) -> list[Chip]:
        going = {subject.handle: subject for subject in self.chosen_subjects}
        return [
            chip(subject, going[subject.handle], self.choices) for subject in self.picked_subjects
        ]

    @property
    def unmentioned(self) -> list[str]:
        return unmentioned(self.written, [subject.handle for subject in self.picked_subjects])

    @property
    def metadata(self) -> list[tuple[str, str]]:
        if self.is_bound and not self.data.get("meta_data"):
            return [(key, self.data.get(metadata.PREFIX + key, "")) for key in metadata.KEYS]
        return list(metadata.to_keys(str(self.values.get("meta_data", ""))).items())

    @cached_property
    def slots(self) -> dict[str, Slot]:
        seen = self.as_catalogue_sees()
        shown_notes = notes(self.spec, seen)
        reasons = closed(self.spec, seen, off_peak=settings.OFF_PEAK_AVAILABLE)
        return {
            parameter.name: Slot(
                parameter=narrowed(self.spec, parameter.name, seen),
                value=self._shown(parameter),
                errors=self.errors_at(parameter.name),
                note=shown_notes.get(parameter.name, ""),
                closed=reasons.get(parameter.name, ""),
            )
            for parameter in self.spec.parameters
        } | self._mentions_slot

    @property
    def _mentions_slot(self) -> dict[str, Slot]:
        if self.spec.mentions is None:
            return {}
        return {"subjects": Slot(self.spec.mentions, "", self.errors_at("subjects"))}

    def _shown(self, parameter: Parameter) -> str:
        name = parameter.name
        if not self.is_bound:
            return as_text(self.initial.get(name))
        text = str(self.data.get(name + CUSTOM) or self.data.get(name) or "")
        if (
            self.quiet
            and parameter.kind in (ParameterKind.CHOICE, ParameterKind.INTEGER)
            and parameter.options
        ):
            offered = {str(o.value) for o in narrowed(self.spec, name, self.values).options}
            return text if text in offered else ""
        return text

    @property
    def everyday(self) -> list[Slot]:
        return [s for s in self.slots.values() if s.parameter.group is Group.EVERYDAY]

    @property
    def shown_images(self) -> list[Input]:
        """The row of images; while somebody is still choosing, as many as the model takes."""
        most = self.spec.parameter("images").maximum if self.quiet else None
        return self.arranged[:most]

    def _of(self, *templates: str) -> list[Slot]:
        return [slot for slot in self.everyday if slot.template in templates]

    @property
    def inputs(self) -> list[Slot]:
        return self._of("images", "subjects")

    @property
    def writing(self) -> Slot:
        """The prompt; not called so, as templates find the field of that name first."""
        return self.slots["prompt"]

    @property
    def settings(self) -> list[Slot]:
        return self._of("choice", "ratio")

    @property
    def rest(self) -> list[Slot]:
        shown = [*self.inputs, self.writing, *self.settings]
        return [slot for slot in self.everyday if slot not in shown]

    @property
    def advanced_summary(self) -> str:
        chosen = [slot.said for slot in self.advanced if slot.is_set]
        there = [slot.parameter.label for slot in self.advanced if not slot.closed]
        words = ", ".join(chosen or there)
        return words if chosen else words.capitalize()

    most_tasks = matrix.MOST_TASKS

    @property
    def matrix(self) -> list[matrix.Row]:
        return matrix.rows(self.spec, self.as_catalogue_sees(), self.also)

    @property
    def matrix_summary(self) -> str:
        return matrix.summary(self.spec, self.as_catalogue_sees(), self.also)

    @property
    def advanced(self) -> list[Slot]:
        return [s for s in self.slots.values() if s.parameter.group is Group.ADVANCED]

    @property
    def advanced_open(self) -> bool:
        return any(slot.errors for slot in self.advanced)

    @property
    def at(self) -> dict[str, list[str]]:
        return {name: self.errors_at(name) for name in OTHERS}

    @property
    def errors_summary(self) -> list[tuple[str, str, str]]:
        """Every error as (id of its field, label, message), in the order of the page."""
        parameters = {s.name: s.parameter.label for s in [*self.everyday, *self.advanced]}
        labels = {"model": OTHERS["model"]} | parameters | OTHERS
        return [
            (f"id_{name}" if name not in UNSEEN else "", label, message)
            for name, label in labels.items()
            for message in self.errors_at(name)
        ]


def remix(task: Task, user: User) -> ComposerForm:
    """The form filled with everything that went into `task`.

    Not with the callback address of somebody else: it is a door of theirs. A subject whose handle
    has another meaning for `user` is left out: they would pay for other faces than they saw. What
    was private stays that until somebody chooses otherwise, whatever is the default of `user`.
    """
    assert task.spec is not None
    handles = [given.handle for given in task.subjects.all()]
    same = {s.handle: s.subject.pk for s in picked_subjects(user, handles) if s.subject}
    plain = task.images.filter(subject=None).select_related("image")
    values = seen_params(user, task)
    inputs = {
        "images": [Input(image=given.image, url=given.url) for given in plain],
        "subjects": [
            given.handle
            for given in task.subjects.all()
            if given.subject_id in (None, same.get(given.handle))
        ],
        "choices": chosen_before(task),
    }
    if task.visibility == Visibility.PRIVATE:
        inputs["visibility"] = task.visibility
    return ComposerForm(task.spec, user, initial=values | inputs)
