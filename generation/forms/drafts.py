"""The studio's form as a draft keeps it, and back."""

from collections.abc import Sequence

from django.http import QueryDict

from generation.catalog import HANDLE, MODELS, ModelSpec, mentioned
from generation.models import Draft, User

from .composer import ComposerForm
from .draft_page import DRAFT_FIELDS, DraftPage
from .fields import storable
from .subject_choice import is_of_subject
from .surface import fields_of

NOT_KEPT = frozenset(
    {"csrfmiddlewaretoken", "submission", "shown_price", "anyway", "kind", "callback_url"}
    | DRAFT_FIELDS
)
"""What belongs to one sending, and the callback address: whoever has it may speak to a door."""


MOST_ADDED = 7


def kept(data: QueryDict, family: str) -> dict[str, list[str]]:
    known = frozenset[str]().union(*(fields_of(spec) for spec in _models(family))) - NOT_KEPT
    texts = {name: [storable(t) for t in data.getlist(name)] for name in data}
    fields = {
        name: given for name, given in sorted(texts.items()) if _is_kept(name, known) and any(given)
    }
    if fields.get("model", [""])[0] not in [spec.id for spec in _models(family)]:
        fields.pop("model", None)
    return fields


def _is_kept(name: str, known: frozenset[str]) -> bool:
    return name in known or ("subjects" in known and is_of_subject(name))


def _models(family: str) -> list[ModelSpec]:
    return [spec for spec in MODELS.values() if spec.category == family]


def first_of(family: str) -> ModelSpec:
    return next(iter(_models(family) or MODELS.values()))


def filled(draft: Draft, user: User, model: str = "") -> ComposerForm:
    data = QueryDict(mutable=True)
    for name, texts in draft.fields.items():
        data.setlist(name, texts)
    if model or "model" not in data or data["model"] not in MODELS:
        data["model"] = model or first_of(draft.family).id
    data.update(DraftPage(draft.family, draft.version, draft.source_id).fields)
    return ComposerForm.posted(user, data, quiet=True)


def with_subjects(form: ComposerForm, handles: Sequence[str]) -> ComposerForm:
    fresh = [handle for handle in handles if HANDLE.fullmatch(handle)][:MOST_ADDED]
    if not fresh or form.spec.subjects is None:
        return form
    data = form.data.copy() if form.is_bound else QueryDict(mutable=True)  # type: ignore[attr-defined]
    data.setlist("subjects", list(dict.fromkeys([*data.getlist("subjects"), *fresh])))
    said = str(data.get("prompt", ""))
    missing = [f"@{handle}" for handle in fresh if handle not in mentioned(said)]
    data["prompt"] = " ".join(filter(None, [said, *missing]))
    data["model"] = form.spec.id
    added = ComposerForm.posted(form.user, data, quiet=True)
    added.page = form.page  # it is the same draft, and goes on being kept
    return added


def sent(form: ComposerForm) -> dict[str, list[str]]:
    arranged = [given.text for given in form.arranged] if form.spec.has("images") else []
    fields = kept(form.data, form.page.family)  # type: ignore[arg-type]
    return fields | ({"image_ids": arranged} if arranged else {})
