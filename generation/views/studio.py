"""The studio: the composer beside the live gallery."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from generation.catalog import MODELS, ParameterKind, dependents
from generation.catalog.sandbox_faults import FAULTS
from generation.forms.composer import ComposerForm, remix
from generation.forms.prices import as_given, total
from generation.models import Task, feed_head
from generation.people import access
from generation.people.audit import opened
from generation.presenters.offers import tabs
from generation.presenters.prices import price_words

from .cards import cards
from .feed import page
from .http import Request

FIRST_MODEL = next(iter(MODELS.values()))


@require_GET
def studio(request: Request) -> HttpResponse:
    source = _source(request)
    if source is not None and source.spec is not None:
        form = remix(source, request.user)
    else:
        form = ComposerForm(MODELS.get(request.GET.get("model", ""), FIRST_MODEL), request.user)
    return render_studio(request, form, source=source)


def _source(request: Request) -> Task | None:
    """The task whose inputs fill the form (Remix, Edit and resend)."""
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
    request: Request, form: ComposerForm, *, source: Task | None = None, status: int = 200
) -> HttpResponse:
    context = composer_context(form) | gallery_context(request)
    context |= {
        "nav": "studio",
        "filled_from": source,
        "first_time": not context["cards"] and not request.GET.get("before"),
    }
    return render(request, "studio/studio.html", context, status=status)


def gallery_context(request: Request) -> dict[str, Any]:
    whose = "mine" if request.GET.get("whose") == "mine" else "all"
    shown = page(request.user, whose=whose, before=request.GET.get("before", ""))
    return {
        "cards": cards(shown.tasks, request.user),
        "older": shown.older,
        "whose": whose,
        "live": {
            "url": reverse("changes"),
            "cursor": feed_head(request.user).all,
            "pause": pause(request),
        },
    }


def pause(request: Request) -> float:
    """Seconds until the page should ask again."""
    return 1.5 if feed_head(request.user).busy else 10.0


def composer_context(form: ComposerForm) -> dict[str, Any]:
    return {
        "form": form,
        "chosen": None if form.no_model else form.spec,
        "tabs": tabs(form.spec),
        "has_key": bool(form.keys),
        "examples": [(f.word, f.effect) for f in FAULTS] if settings.SANDBOX else [],
        **price_context(form),
    }


def price_context(form: ComposerForm) -> dict[str, Any]:
    amount = total(form.price, form.chosen_variations)
    words = price_words(form.price, amount, form.chosen_variations)
    return words | {"shown_price": as_given(amount)}


@require_POST
def composer(request: Request) -> HttpResponse:
    """The fields for another model, or the parts that depend on a changed option."""
    form = ComposerForm.posted(request.user, request.POST, quiet=True)
    context = composer_context(form)
    if request.GET.get("part") != "options":
        context["with_price"] = True
        return render(request, "studio/_fields.html", context)
    changing = dependents(form.spec)
    slots = form.slots.values()
    context["changed"] = [slot for slot in slots if slot.name in changing]
    context["noted"] = [slot for slot in slots if slot.parameter.kind is ParameterKind.RATIO]
    return render(request, "studio/_refresh.html", context)
