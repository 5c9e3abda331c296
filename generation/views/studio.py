"""The studio: the composer beside the live gallery."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from generation.catalog import MODELS, ModelSpec, dependents
from generation.catalog.money import usd
from generation.catalog.sandbox_faults import FAULTS
from generation.catalog.spec import Task as Kind
from generation.forms.composer import ComposerForm, remix
from generation.models import Task

from .cards import cards
from .feed import page
from .http import Request

TABS = (
    (Kind.IMG2VIDEO, "Image to video"),
    (Kind.REFERENCE2VIDEO, "With subjects"),
    (Kind.REFERENCE2IMAGE, "Stills"),
)
FIRST_MODEL = next(iter(MODELS.values()))


@require_GET
def studio(request: Request) -> HttpResponse:
    source = _source(request)
    if source is not None and source.spec is not None:
        form = remix(source, request.user)
    else:
        form = ComposerForm(chosen_spec(request.GET.get("model", "")), request.user)
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
    return get_object_or_404(Task.objects.reachable_by(request.user), pk=pk)


def chosen_spec(model: str) -> ModelSpec:
    return MODELS.get(model, FIRST_MODEL)


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
            "cursor": request.user.feed_head,
            "pause": pause(request),
        },
    }


def pause(request: Request) -> float:
    """Seconds until the page should ask again (design 8)."""
    return 1.5 if request.user.feed_is_busy else 10.0


def composer_context(form: ComposerForm) -> dict[str, Any]:
    return {
        "form": form,
        "chosen": form.spec,
        "tabs": [
            {
                "task": kind.value,
                "title": title,
                "models": [spec for spec in MODELS.values() if spec.task is kind],
                "open": form.spec.task is kind,
            }
            for kind, title in TABS
        ],
        "has_key": form.chosen_key is not None,
        "examples": [(f.word, f.effect) for f in FAULTS] if settings.SANDBOX else [],
        **price_context(form),
    }


def price_context(form: ComposerForm) -> dict[str, Any]:
    price, variations = form.price, form.variations
    if price.usd is None:
        text = "Price unknown"
    else:
        text = f"{'From' if price.at_least else 'About'} {usd(price.usd * variations)}"
    return {
        "price": price,
        "price_text": text,
        "price_basis": "" if price.usd is None else "list price",
        "variations": variations,
    }


@require_POST
def composer(request: Request) -> HttpResponse:
    """The fields for another model, or the parts that depend on a changed option."""
    form = ComposerForm(
        chosen_spec(request.POST.get("model", "")), request.user, request.POST, quiet=True
    )
    context = composer_context(form)
    if request.GET.get("part") != "options":
        context["with_price"] = True
        return render(request, "studio/_fields.html", context)
    changing = dependents(form.spec)
    context["changed"] = [slot for slot in form.slots.values() if slot.name in changing]
    return render(request, "studio/_refresh.html", context)
