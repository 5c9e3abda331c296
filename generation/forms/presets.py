"""Presets: what of the studio's form they hold, and the form with what one holds."""

import json
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import QueryDict

from generation.catalog import MODELS, ModelSpec
from generation.models import Preset, User, Visibility
from generation.people.access import default_presets

from . import matrix
from .composer import ComposerForm
from .drafts import NOT_KEPT
from .fields import storable
from .left_out import LABELS, option_label, parameter_of
from .surface import CUSTOM, PICTURES, fields_of

Fields = dict[str, list[str]]

MOST = 100
"""Presets of one member."""
MOST_CHARACTERS = 20_000

NEVER = NOT_KEPT | PICTURES | {"model", "subjects", "ask"}
OPTIONAL = {"prompt": "The prompt", "key": "The key that pays", "visibility": "Who sees it"}
"""What a preset holds only when its maker says so."""
LEFT_ALONE = frozenset(OPTIONAL) | {"payload"}
"""What stays in the form when a preset does not hold it."""


def holdable(spec: ModelSpec, data: QueryDict) -> Fields:
    names = fields_of(spec) - NEVER
    texts = {name: [storable(t) for t in data.getlist(name) if t] for name in data}
    return {name: given for name, given in sorted(texts.items()) if name in names and given}


def label_of(name: str, texts: list[str]) -> str:
    """How a sentence names one field: “Resolution 1080p”."""
    if name in OPTIONAL:
        return OPTIONAL[name].lower()
    if name == "variations":
        return f"×{texts[0]}"
    parameter = parameter_of(name.removeprefix(matrix.PREFIX))
    said = ", ".join(option_label(parameter, text) for text in texts)
    return f"{LABELS.get(parameter, parameter)} {said}".removesuffix(" on")[:80]


def words(fields: Fields) -> str:
    compared = [name for name in fields if name.startswith(matrix.PREFIX)]
    rest = [name for name in sorted(fields) if name not in compared and fields[name] != ["1"]]
    said = [label_of(name, fields[name]) for name in rest]
    return ", ".join([*said, *(["a matrix"] if compared else [])])


class PresetForm(forms.Form):
    """Makes one, or changes name and visibility of one."""

    name = forms.CharField(max_length=60, label="Name")
    scope = forms.ChoiceField(
        choices=[(Visibility.PRIVATE, "Only me"), (Visibility.TEAM, "The whole team")],
        label="Who may use it",
        widget=forms.RadioSelect,
        initial=Visibility.PRIVATE,
    )

    def __init__(self, *args: Any, user: User, preset: Preset | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.preset = user, preset
        self.owner = preset.owner if preset else user

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        same = Preset.objects.filter(owner=self.owner, name=name).first()
        if same not in (None, self.preset):
            raise ValidationError("There is a preset of this name already. Choose another.")
        return name

    def save(self) -> Preset:
        preset = self.preset or Preset(owner=self.owner)
        preset.name, preset.visibility = self.cleaned_data["name"], self.cleaned_data["scope"]
        self._fill(preset)
        try:
            with transaction.atomic():
                preset.save()
        except IntegrityError:
            raise ValidationError("There is a preset of this name already.") from None
        return preset

    def _fill(self, preset: Preset) -> None:
        """What else is stored with a new one."""


class NewPresetForm(PresetForm):
    """`fields` comes from the page that asked for a name, hence from a browser."""

    holds = forms.MultipleChoiceField(
        choices=list(OPTIONAL.items()),
        label="Hold as well",
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    model = forms.CharField(widget=forms.HiddenInput)
    fields_given = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_model(self) -> str:
        if self.cleaned_data["model"] not in MODELS:
            raise ValidationError("There is no such model.")
        return str(self.cleaned_data["model"])

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["held"] = self._held()
        if Preset.objects.filter(owner=self.user).count() >= MOST:
            raise ValidationError(f"You have {MOST} presets. Delete one first.")
        return self.cleaned_data

    def _held(self) -> Fields:
        spec = MODELS.get(self.cleaned_data.get("model", ""))
        text = self.cleaned_data.get("fields_given") or "{}"
        if spec is None:
            return {}
        if len(text) > MOST_CHARACTERS:
            raise ValidationError("The settings have too much text for a preset. Shorten Payload.")
        data = QueryDict(mutable=True)
        try:
            for name, texts in json.loads(text).items():
                data.setlist(str(name), [str(one) for one in list(texts)])
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise ValidationError("The settings were lost. Save them from the studio.") from None
        chosen = self.cleaned_data.get("holds", [])
        found = holdable(spec, data)
        return {name: t for name, t in found.items() if name not in OPTIONAL or name in chosen}

    def _fill(self, preset: Preset) -> None:
        preset.model, preset.fields = self.cleaned_data["model"], self.cleaned_data["held"]


def accepted(preset: Preset, user: User) -> tuple[Fields, list[str]]:
    """What the model takes of `preset` today, and labels of what it does not take any more."""
    spec = preset.spec
    assert spec is not None
    known = fields_of(spec) - NEVER
    fields = {name: texts for name, texts in preset.fields.items() if name in known}
    data = QueryDict(mutable=True)
    for name, texts in fields.items():
        data.setlist(name, texts)
    data["model"] = spec.id
    form = ComposerForm.posted(user, data)
    form.is_valid()
    # A prompt is the member's to finish; mentions in it want subjects, which no preset has.
    wrong = set(form.errors) - {"prompt"}
    held = {name: t for name, t in fields.items() if not wrong & {name, _shown_at(name)}}
    lost = [
        label_of(name, texts) for name, texts in sorted(preset.fields.items()) if name not in held
    ]
    return held, lost


def _shown_at(name: str) -> str:
    return "matrix" if name.startswith(matrix.PREFIX) else name.removesuffix(CUSTOM)


@dataclass(frozen=True, slots=True)
class Applied:
    """The form with what a preset holds, and what to say about it."""

    form: ComposerForm
    note: str


def applied(preset: Preset, form: ComposerForm) -> Applied:
    """`form` with the settings of `preset` instead of its own; prompt and inputs stay its own."""
    spec = preset.spec
    assert spec is not None
    held, lost = accepted(preset, form.user)
    data = form.data.copy() if form.is_bound else QueryDict(mutable=True)  # type: ignore[attr-defined]
    if not form.is_bound:
        data.update(form.page.fields)
    for name in (fields_of(spec) - NEVER - LEFT_ALONE) & set(data):
        del data[name]
    for name, texts in held.items():
        data.setlist(name, texts)
    data["model"] = spec.id
    said = f"“{preset.name}” is applied."
    if lost:
        said += f" {spec.title} does not take this of it any more: {', '.join(lost)}."
    return Applied(ComposerForm.posted(form.user, data, quiet=True), said)


def begun(form: ComposerForm) -> Applied:
    """`form`, or while nothing is set in it yet, the form of the member's default for its model."""
    if not _is_empty(form):
        return Applied(form, "")
    defaults = default_presets(form.user)
    wanted = defaults.get(form.spec.id)
    settings = _settings(form)
    untouched = not settings or settings in [preset.fields for preset in defaults.values()]
    return applied(wanted, form) if wanted and untouched else Applied(form, "")


def _is_empty(form: ComposerForm) -> bool:
    return not (form.written or form.kept or form.urls or form.handles)


def _settings(form: ComposerForm) -> Fields:
    if not form.is_bound:
        return {}
    given: QueryDict = form.data  # type: ignore[assignment]
    every = frozenset[str]().union(*map(fields_of, MODELS.values())) - NEVER - {"key", "visibility"}
    found = {name: list(filter(None, given.getlist(name))) for name in given if name in every}
    return {n: t for n, t in found.items() if t and (n, t) != ("variations", ["1"])}
