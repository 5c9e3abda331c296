"""Saved searches: filters of the gallery with a name, of members and of the team."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from generation.forms.searches import NewSearchForm, SearchForm
from generation.models import SavedSearch
from generation.people import access
from generation.people.audit import audit
from generation.presenters.finding import said

from .http import Request

SHOWN = 500


@require_http_methods(["GET", "POST"])
def searches(request: Request) -> HttpResponse:
    if request.method == "GET":
        return _page(request)
    form = NewSearchForm(request.POST, user=request.user)
    if not form.is_valid() or not form.save():
        query = str(form.cleaned_data.get("query", ""))
        return _page(request, 422, form=form, said=said(query))
    messages.success(request, f"“{form.cleaned_data['name']}” is saved.")
    return redirect(f"{reverse('tasks')}?{form.cleaned_data['query']}")


def _page(request: Request, status: int = 200, **more: Any) -> HttpResponse:
    found = SavedSearch.objects.visible_to(request.user).select_related("owner")[:SHOWN]
    rows = [(one, said(one.query)) for one in found]
    context = {
        "nav": "gallery",
        "mine": [row for row in rows if access.is_own(request.user, row[0])],
        "others": [row for row in rows if not access.is_own(request.user, row[0])],
        **more,
    }
    return render(request, "searches/searches.html", context, status=status)


@require_POST
def search(request: Request, pk: UUID) -> HttpResponse:
    found = access.get_search_to_edit(request.user, pk)
    form, before = SearchForm(request.POST, user=request.user, search=found), found.name
    if not form.is_valid() or not form.save():
        return _page(request, 422, wrong=found.pk, changed=form)
    _note(request, found, "search.changed", before)
    messages.success(request, f"“{found.name}” is changed.")
    return redirect("searches")


@require_POST
def delete(request: Request, pk: UUID) -> HttpResponse:
    found = access.get_search_to_edit(request.user, pk)
    _note(request, found, "search.deleted", found.name)
    found.delete()
    messages.success(request, f"“{found.name}” is deleted.")
    return redirect("searches")


def _note(request: Request, found: SavedSearch, what: str, name: str) -> None:
    """What an admin does to a colleague's."""
    if not access.is_own(request.user, found):
        audit(request, what, f"{name} of {found.owner.username}")
