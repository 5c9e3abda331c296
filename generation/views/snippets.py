"""Snippets: short texts for prompts, of members and of the team."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from generation.forms.snippets import SnippetForm
from generation.models import Snippet
from generation.people import access
from generation.people.audit import audit

from .http import Request, posted

SHOWN = 500


@require_http_methods(["GET", "POST"])
def snippets(request: Request) -> HttpResponse:
    data, _ = posted(request)
    form = SnippetForm(data, user=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, "The snippet is saved.")
        return redirect("snippets")
    return _page(request, form, status=422 if form.is_bound else 200)


def _page(request: Request, form: SnippetForm, status: int = 200, **more: Any) -> HttpResponse:
    found = list(Snippet.objects.visible_to(request.user).select_related("owner")[:SHOWN])
    mine = [one for one in found if access.is_own(request.user, one)]
    others = [one for one in found if one not in mine]
    context = {"nav": "studio", "form": form, "mine": mine, "others": others, **more}
    template = "snippets/_list.html" if request.htmx else "snippets/snippets.html"
    return render(request, template, context, status=status)


@require_POST
def snippet(request: Request, pk: UUID) -> HttpResponse:
    found = access.get_snippet_to_edit(request.user, pk)
    form = SnippetForm(request.POST, user=request.user, snippet=found)
    before = str(found)
    if not form.is_valid():
        fresh = SnippetForm(user=request.user)
        return _page(request, fresh, 422, wrong=found.pk, changed=form)
    form.save()
    _note(request, found, "snippet.changed", before)
    messages.success(request, "The snippet is changed.")
    return redirect("snippets")


@require_POST
def delete(request: Request, pk: UUID) -> HttpResponse:
    found = access.get_snippet_to_edit(request.user, pk)
    _note(request, found, "snippet.deleted", str(found))
    found.delete()
    messages.success(request, "The snippet is deleted.")
    return redirect("snippets")


def _note(request: Request, found: Snippet, what: str, text: str) -> None:
    """What an admin does to a colleague's."""
    if not access.is_own(request.user, found):
        audit(request, what, f"{text} of {found.owner.username}")
