"""What was set for one model and another has no use for: said, and kept for the way back."""

import json
from dataclasses import dataclass, field

from django.http import QueryDict

from generation.catalog import MODELS, ModelSpec, ParameterKind, narrowed

from . import matrix, metadata
from .composer import ComposerForm
from .surface import CUSTOM, SINGLE, fields_of

CLOSED_LISTS = (ParameterKind.INTEGER, ParameterKind.CHOICE)
ELSEWHERE = {"image_ids": "images", "image_urls": "images"}
"""Fields of another name than their parameter."""


@dataclass(slots=True)
class LeftOut:
    """`values` are those of the fields that the form has lost, `labels` how a sentence names them."""

    title: str
    labels: list[str] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, label: str, texts: list[str]) -> None:
        self.values[name] = texts
        if label not in self.labels:
            self.labels.append(label)

    @property
    def as_json(self) -> str:
        return json.dumps(self.values)

    def __str__(self) -> str:
        if not self.labels:
            return ""
        return f"{self.title} does not take: {', '.join(self.labels)}. Kept for a model that does."


def left_out(form: ComposerForm, data: QueryDict) -> LeftOut:
    found = LeftOut(form.spec.title)
    known = fields_of(form.spec)
    for name in data:
        texts = [text for text in data.getlist(name) if text]
        if not texts or name in SINGLE or name == "images":
            continue
        parameter = parameter_of(name)
        if name.startswith(matrix.PREFIX):
            _compared(form, name, texts, found)
        elif name not in known:
            if parameter in LABELS:
                found.add(name, LABELS[parameter], texts)
        elif name == "image_ids":
            _images(form, found)
        elif not _is_offered(form, parameter, texts[0]):
            found.add(name, f"{LABELS[parameter]} {option_label(parameter, texts[0])}", texts)
    return found


def parameter_of(name: str) -> str:
    if name.startswith(metadata.PREFIX):
        return "meta_data"
    return ELSEWHERE.get(name, name.removesuffix(CUSTOM))


def _compared(form: ComposerForm, name: str, texts: list[str], found: LeftOut) -> None:
    parameter = name.removeprefix(matrix.PREFIX)
    lost = [t for t in texts if not form.spec.has(parameter) or not _is_offered(form, parameter, t)]
    if lost and parameter in LABELS:
        found.add(
            name,
            " and ".join(f"{LABELS[parameter]} {option_label(parameter, t)}" for t in lost),
            lost,
        )


def _images(form: ComposerForm, found: LeftOut) -> None:
    extra = form.arranged[len(form.shown_images) :]
    if extra:
        label = "1 image" if len(extra) == 1 else f"{len(extra)} images"
        found.add("image_ids", label, [given.text for given in extra])


def _is_offered(form: ComposerForm, name: str, text: str) -> bool:
    if not form.spec.has(name) or form.spec.parameter(name).kind not in CLOSED_LISTS:
        return True
    offered = narrowed(form.spec, name, form.values).options
    return not offered or text in [str(option.value) for option in offered]


def _labels() -> dict[str, str]:
    return {p.name: p.label for spec in MODELS.values() for p in spec.parameters}


def option_label(name: str, text: str) -> str:
    for spec in MODELS.values():
        for option in _options(spec, name):
            if str(option.value) == text:
                return option.label
    return text


def _options(spec: ModelSpec, name: str) -> tuple:
    return spec.parameter(name).options if spec.has(name) else ()


LABELS = _labels()
