"""The studio: the composer beside the live gallery."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from generation.catalog import (
    MODELS,
    VOICES,
    ModelSpec,
    ParameterKind,
    Price,
    Values,
    carried,
    dependents,
)
from generation.catalog.matrix import Also, combinations, with_combination
from generation.catalog.sandbox_faults import FAULTS
from generation.forms import presets
from generation.forms.composer import ComposerForm
from generation.forms.left_out import left_out
from generation.forms.prices import total
from generation.models import Preset, Task
from generation.money.budgets import budgets
from generation.money.prices import sums_of
from generation.money.shown_price import as_given
from generation.people import access
from generation.people.audit import opened
from generation.presenters.budgets import left_words
from generation.presenters.offers import tabs
from generation.presenters.prices import price_words

from . import drafts
from .gallery import gallery_context
from .http import Request
from .uploads import as_uuid


@require_GET
def studio(request: Request) -> HttpResponse:
    source = _source(request)
    if source is not None and source.spec is not None:
        return render_studio(request, drafts.remixed(request, source), source=source)
    form, note = _begun(request, drafts.found(request, _preset(request)))
    return render_studio(request, form, source=drafts.source_of(request, form), note=note)


def _preset(request: Request) -> Preset | None:
    """The one that the address asks for, as long as its model is offered."""
    wanted = request.GET.get("preset", "")
    if not wanted:
        return None
    found = access.get_preset(request.user, as_uuid(wanted))
    if found.spec is None:
        raise Http404
    return found


def _begun(request: Request, form: ComposerForm) -> tuple[ComposerForm, str]:
    """With the preset that was asked for, or the member's default where nothing is set yet."""
    asked = _preset(request)
    done = presets.applied(asked, form) if asked else presets.begun(form)
    return done.form, done.note


def _source(request: Request) -> Task | None:
    wanted = request.GET.get("from", "")
    if not wanted:
        return None
    try:
        pk = UUID(wanted)
    except ValueError:
        return None
    found = access.get_task(request.user, pk)
    opened(request, found, "remixed")
    return found


def render_studio(
    request: Request,
    form: ComposerForm,
    *,
    source: Task | None = None,
    note: str = "",
    status: int = 200,
) -> HttpResponse:
    context = composer_context(request, form) | gallery_context(request)
    context |= {
        "nav": "studio",
        "voices": VOICES,
        "filled_from": source,
        "preset_note": note,
        "first_time": not (
            context["cards"] or context["filters"].is_filtered or request.GET.get("before")
        ),
    }
    return render(request, "studio/studio.html", context, status=status)


def composer_context(request: Request, form: ComposerForm) -> dict[str, Any]:
    for given in form.picked_subjects:
        if given.subject is not None:
            opened(request, given.subject)
    return {
        "form": form,
        "chosen": None if form.no_model else form.spec,
        "tabs": tabs(form.spec, form.as_catalogue_sees(), form.chosen_variations, _prices(form)),
        "has_key": bool(form.keys),
        "examples": [(f.word, f.effect) for f in FAULTS] if settings.SANDBOX else [],
        **price_context(form),
    }


def _prices(form: ComposerForm) -> dict[str, Price]:
    values = form.as_catalogue_sees()
    return sums_of({spec.id: _each(spec, values, form.also) for spec in MODELS.values()})


def _each(spec: ModelSpec, values: Values, also: Also) -> list[dict[str, Any]]:
    """What one press would make of `spec`, had it the present settings."""
    base = carried(spec, values)
    kept = {
        name: [value for value in several if name in carried(spec, {name: value})]
        for name, several in also.items()
    }
    return [with_combination(base, one) for one in combinations(spec, base, kept)]


def price_context(form: ComposerForm) -> dict[str, Any]:
    amount = total(form.price, form.chosen_variations)
    words = price_words(form.price, amount, form.count)
    limits = list(budgets(form.user, form.chosen_key))
    return words | {
        "shown_price": as_given(amount),
        "budget_left": left_words(limits, form.user),
        "budget_short": any(one.is_short for one in limits),
    }


@require_POST
def composer(request: Request) -> HttpResponse:
    asked = _preset(request)
    data = request.POST.copy()
    if asked is not None:
        data["model"] = asked.model
    posted = ComposerForm.posted(request.user, data, quiet=True)
    if request.GET.get("part") == "price":
        return render(
            request, "studio/_price_alone.html", {"form": posted, **price_context(posted)}
        )
    form = drafts.switched(request, posted)
    if request.GET.get("part") != "options":
        shown, note = _begun(request, form)
        context = composer_context(request, shown) | {"with_price": True, "preset_note": note}
        if form is posted and not note:
            context["left_out"] = left_out(form, request.POST)
        return render(request, "studio/_fields.html", context)
    context = composer_context(request, form)
    changing = dependents(form.spec)
    slots = form.slots.values()
    context["changed"] = [slot for slot in slots if slot.name in changing]
    context["noted"] = [slot for slot in slots if slot.parameter.kind is ParameterKind.RATIO]
    return render(request, "studio/_refresh.html", context)
