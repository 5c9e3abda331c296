"""Presets: settings with a name, of members and of the team."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from generation.forms.composer import ComposerForm
from generation.forms.presets import NewPresetForm, PresetForm, holdable, words
from generation.models import Preset, PresetDefault
from generation.people import access
from generation.people.audit import audit

from .http import Request

SHOWN = 300


@require_http_methods(["GET", "POST"])
def presets(request: Request) -> HttpResponse:
    if request.method == "POST":
        return _save(request)
    return _page(request)


def _page(request: Request, status: int = 200, **more: Any) -> HttpResponse:
    found = list(Preset.objects.visible_to(request.user).for_pages(request.user)[:SHOWN])
    editable = access.may_edit_presets(request.user, found)
    current = request.GET.get("model", "")
    # Those of the model in the form come first.
    found.sort(key=lambda preset: preset.model != current)
    rows = [(preset, words(preset.fields), preset.pk in editable) for preset in found]
    context = {
        "nav": "studio",
        "mine": [row for row in rows if access.is_own(request.user, row[0])],
        "others": [row for row in rows if not access.is_own(request.user, row[0])],
        **more,
    }
    template = "presets/_list.html" if request.htmx else "presets/presets.html"
    return render(request, template, context, status=status)


@require_POST
def new(request: Request) -> HttpResponse:
    """Asks for the name of what the composer says."""
    composer = ComposerForm.posted(request.user, request.POST, quiet=True)
    fields = holdable(composer.spec, request.POST)
    first = {"model": composer.spec.id, "fields_given": json.dumps(fields), "scope": "private"}
    return _form(request, NewPresetForm(user=request.user, initial=first), composer.spec.id, fields)


def _form(
    request: Request,
    form: NewPresetForm,
    model: str,
    fields: dict[str, list[str]],
    status: int = 200,
) -> HttpResponse:
    preset = Preset(model=model)
    said = words(
        {name: t for name, t in fields.items() if name not in ("prompt", "key", "visibility")}
    )
    context = {"nav": "studio", "form": form, "spec": preset.spec, "said": said}
    template = "presets/_form.html" if request.htmx else "presets/new.html"
    return render(request, template, context, status=status)


def _save(request: Request) -> HttpResponse:
    form = NewPresetForm(request.POST, user=request.user)
    if not _saved(form):
        held = form.cleaned_data.get("held", {})
        return _form(request, form, request.POST.get("model", ""), held, status=422)
    said = f"“{form.cleaned_data['name']}” is saved."
    if request.htmx:
        return _page(request, said=said)
    messages.success(request, said)
    return redirect("presets")


def _saved(form: PresetForm) -> bool:
    if form.is_valid():
        try:
            form.save()
        except ValidationError as taken:  # by a press at the same moment
            form.add_error("name", taken)
    return form.is_valid()


@require_POST
def preset(request: Request, pk: UUID) -> HttpResponse:
    found = access.get_preset_to_edit(request.user, pk)
    form = PresetForm(request.POST, user=request.user, preset=found)
    if not _saved(form):
        return _page(request, 422, wrong=found.pk, form=form)
    _note(request, found, "preset.changed")
    messages.success(request, f"“{found.name}” is changed.")
    return redirect("presets")


@require_POST
def delete(request: Request, pk: UUID) -> HttpResponse:
    found = access.get_preset_to_edit(request.user, pk)
    _note(request, found, "preset.deleted")
    found.delete()
    messages.success(request, f"“{found.name}” is deleted.")
    return redirect("presets")


@require_POST
def default(request: Request, pk: UUID) -> HttpResponse:
    """Switches on or off that the member begins with it."""
    found = access.get_preset(request.user, pk)
    mine = PresetDefault.objects.filter(user=request.user, model=found.model)
    if request.POST.get("on") == "1":
        PresetDefault.objects.update_or_create(
            user=request.user, model=found.model, defaults={"preset": found}
        )
    else:
        mine.filter(preset=found).delete()
    if request.htmx:
        return _page(request)
    return redirect("presets")


def _note(request: Request, found: Preset, what: str) -> None:
    """What an admin does to a colleague's."""
    if not access.is_own(request.user, found):
        audit(request, what, f"{found.name} of {found.owner.username}")
