"""Which fields a post of the studio may have: everything else is refused by name."""

from collections.abc import Iterator
from typing import Any

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from generation.catalog import MODELS, Category, ModelSpec, ParameterKind
from generation.catalog.matrix import comparable

from . import matrix, metadata
from .draft_page import DRAFT_FIELDS
from .fields import echo
from .subject_choice import IMAGES, is_of_subject

CUSTOM = "_custom"
"""Suffix of the free-text twin of a list: what is typed there wins."""

TYPED = (ParameterKind.VOICE, ParameterKind.RATIO)
"""Kinds whose list has such a twin."""

SINGLE = frozenset(
    {"csrfmiddlewaretoken", "model", "visibility", "variations", "key", "submission"}
    | {"shown_price", "anyway", "ask", "kind"}
    | DRAFT_FIELDS
)
PICTURES = frozenset({"image_urls", "image_ids"})
REPEATED = frozenset({"image_ids", "subjects"})
REPEATED_OF = (IMAGES, matrix.PREFIX)
"""How the other names begin that may come several times."""
OFFERED = {"anyway": ("1",), "ask": ("1",), "kind": tuple(category.value for category in Category)}


def fields_of(spec: ModelSpec) -> frozenset[str]:
    plain = {p.name for p in spec.parameters if p.kind is not ParameterKind.IMAGES}
    typed = {p.name + CUSTOM for p in spec.parameters if p.kind in TYPED}
    pictures = PICTURES if spec.has("images") else frozenset()
    labels = (
        {metadata.PREFIX + key for key in metadata.KEYS} if spec.has("meta_data") else frozenset()
    )
    subjects = frozenset({"subjects"} if spec.subjects else ())
    return SINGLE | plain | typed | pictures | labels | subjects | matrix.names(spec)


def likeliest(data: QueryDict) -> ModelSpec:
    """The model whose form has most of what was given; the first one among equals.

    For a post without a model: its form comes back with nothing lost.
    """
    given = {name for name in data if data[name]}
    return max(MODELS.values(), key=lambda spec: len(given & fields_of(spec)))


def name_problems(
    spec: ModelSpec, data: QueryDict, files: MultiValueDict[str, Any]
) -> Iterator[tuple[str, str]]:
    """What is wrong with the names of a post, as (field, sentence); no field is named "".

    Empty fields say nothing, whatever they are called.
    """
    known = fields_of(spec)
    if spec.subjects:
        known |= {name for name in data if is_of_subject(name)}
    strangers = [name for name in data if name not in known and any(data.getlist(name))]
    strangers += [
        name
        for name in files
        if files.getlist(name) and (name != "images" or not spec.has("images"))
    ]
    for name in strangers:
        yield "", _stranger(spec, name)
    for name in known.intersection(data):
        times = len(data.getlist(name))
        if name not in REPEATED and not name.startswith(REPEATED_OF) and times > 1:
            yield _beside(name), f"“{name}” was given {times} times. Give it once."
    for name, offered in OFFERED.items():
        given = data.get(name, "")
        if given and given not in offered:
            yield name, f"“{echo(str(given))}” is not offered for “{name}”."


def _beside(name: str) -> str:
    if name.startswith(metadata.PREFIX):
        return "meta_data"
    elsewhere = {"image_urls": "images", "csrfmiddlewaretoken": ""}
    return elsewhere.get(name, name.removesuffix(CUSTOM))


def _stranger(spec: ModelSpec, name: str) -> str:
    if name == "images" and spec.has("images"):
        return "“images” takes files. Give addresses as “image_urls”."
    if name.startswith(matrix.PREFIX) and (label := _label(name.removeprefix(matrix.PREFIX))):
        return f"{spec.title} compares no values of “{label}” ({name}). Remove them."
    if any(name in fields_of(other) or name == "images" for other in MODELS.values()):
        return f"{spec.title} has no parameter “{name}”. Remove it."
    return f"There is no field “{echo(name)}”. Remove it."


def _label(name: str) -> str:
    """As the models that compare it call it."""
    found = (comparable(spec) for spec in MODELS.values())
    return next((p.label for compared in found for p in compared if p.name == name), "")
