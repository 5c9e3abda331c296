"""The studio's form as the page shows it: built from a model's description."""

from functools import cached_property

from django.conf import settings

from generation.catalog import Group, Kind, Parameter, Price, closed, narrowed, notes
from generation.models import Subject, Task, User

from . import metadata
from .composition import CUSTOM, Composition
from .slots import Slot, as_text


class ComposerForm(Composition):
    """One form for every model; its fields are `slots`, in the order of the model's page."""

    @property
    def keys(self) -> list[tuple[str, str, bool]]:
        return [(str(key.pk), key.label, key == self.chosen_key) for key in self._usable_keys]

    @property
    def image_urls(self) -> str:
        return "\n".join(self.urls)

    @cached_property
    def subjects(self) -> list[Subject]:
        """Every subject that may be picked, those picked marked by `picked`."""
        offered = Subject.objects.visible_to(self.user).current().prefetch_related("images__image")
        subjects = list(offered)
        for subject in subjects:
            subject.picked = subject.handle in self.handles  # type: ignore[attr-defined]
        return subjects

    @property
    def metadata(self) -> list[tuple[str, str]]:
        if self.is_bound and not self.data.get("meta_data"):
            return [(key, self.data.get(metadata.PREFIX + key, "")) for key in metadata.KEYS]
        return list(metadata.to_keys(str(self.values.get("meta_data", ""))).items())

    @property
    def price(self) -> Price:
        return self.spec.list_price(self.as_catalogue_sees())

    @cached_property
    def slots(self) -> dict[str, Slot]:
        seen = self.as_catalogue_sees()
        shown_notes = notes(self.spec, seen)
        reasons = closed(self.spec, seen, off_peak=settings.OFF_PEAK_AVAILABLE)
        return {
            parameter.name: Slot(
                parameter=narrowed(self.spec, parameter.name, seen),
                field=self[parameter.name] if parameter.name in self.fields else self["images"],
                value=self._shown(parameter),
                errors=self._errors_of(parameter.name),
                note=shown_notes.get(parameter.name, ""),
                closed=reasons.get(parameter.name, ""),
            )
            for parameter in self.spec.parameters
        }

    def _shown(self, parameter: Parameter) -> str:
        name = parameter.name
        if not self.is_bound:
            return as_text(self.first_values.get(name))
        text = str(self.data.get(name + CUSTOM) or self.data.get(name) or "")
        if self.quiet and parameter.kind in (Kind.CHOICE, Kind.INTEGER) and parameter.options:
            offered = {str(o.value) for o in narrowed(self.spec, name, self.values).options}
            return text if text in offered else ""
        return text

    def _errors_of(self, name: str) -> list[str]:
        if self.quiet or not self.is_bound:
            return []
        return [*map(str, self.errors.get(name, [])), *self.problems.get(name, [])]

    @property
    def everyday(self) -> list[Slot]:
        return [s for s in self.slots.values() if s.parameter.group is Group.EVERYDAY]

    @property
    def advanced(self) -> list[Slot]:
        return [s for s in self.slots.values() if s.parameter.group is Group.ADVANCED]

    @property
    def advanced_open(self) -> bool:
        return any(slot.errors for slot in self.advanced)

    @property
    def other_errors(self) -> list[tuple[str, str, str]]:
        """Errors of the fields that are no parameters, as (id, label, message)."""
        return [
            (f"id_{name}", name.capitalize(), message)
            for name in ("key", "variations")
            for message in self._errors_of(name)
        ]

    @property
    def errors_summary(self) -> list[tuple[str, str, str]]:
        """Every error as (id of its field, label, message), in the order of the page."""
        return [
            (slot.id, slot.parameter.label, message)
            for slot in [*self.everyday, *self.advanced]
            for message in slot.errors
        ] + self.other_errors


def remix(task: Task, user: User) -> ComposerForm:
    """The form filled with everything that went into `task`."""
    assert task.spec is not None
    plain = task.images.filter(subject=None).select_related("image")
    return ComposerForm(
        task.spec,
        user,
        values=task.params,
        images=[given.image for given in plain if given.image],
        image_urls=[given.url for given in plain if given.url],
        handles=[given.handle for given in task.subjects.all()],
    )
