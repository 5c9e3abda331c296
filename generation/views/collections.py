"""Collections: their list, one of them, and its order."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generation.forms.collections import CollectionForm
from generation.gallery import collecting
from generation.models import Collection
from generation.people import access

from .bulk import note_collection
from .cards import cards
from .http import Request, posted
from .zips import lead_to_zip


@require_http_methods(["GET", "POST"])
def collections(request: Request) -> HttpResponse:
    form: Any = CollectionForm(*posted(request), owner=request.user)
    if request.method == "POST" and form.is_valid():
        return redirect("collection", form.save().pk)
    context = {
        "nav": "gallery",
        "form": form,
        "summaries": collecting.summaries(request.user),
    }
    return render(request, "keep/collections.html", context, status=422 if form.errors else 200)


@require_GET
def choose(request: Request) -> HttpResponse:
    """Those that a selection may be put into, as buttons of its bar."""
    mine = Collection.objects.editable_by(request.user)[:50]
    return render(request, "keep/_choose.html", {"collections": mine})


@require_http_methods(["GET", "POST"])
def collection(request: Request, pk: UUID) -> HttpResponse:
    if request.method == "GET":
        return _page(request, access.get_collection(request.user, pk))
    found = access.get_collection_to_edit(request.user, pk)
    title = found.title
    form: Any = CollectionForm(*posted(request), instance=found, owner=request.user)
    if form.is_valid():
        form.save()
        note_collection(request, found, "collection.changed", title)
        messages.success(request, "Saved.")
        return redirect("collection", pk)
    # The page says what is stored, and the form what was typed.
    return _page(request, access.get_collection(request.user, pk), form, status=422)


def _page(
    request: Request, found: Collection, form: CollectionForm | None = None, status: int = 200
) -> HttpResponse:
    editable = access.may_edit_collection(request.user, found)
    context = {
        "nav": "gallery",
        "collection": found,
        "editable": editable,
        "form": form or (CollectionForm(instance=found, owner=request.user) if editable else None),
        "cards": cards(collecting.shown(request.user, found), request.user),
    }
    return render(request, "keep/collection.html", context, status=status)


@require_POST
def arrange(request: Request, pk: UUID) -> HttpResponse:
    """One step, or one place, or out of it: each button says which of its results is meant."""
    found, data = access.get_collection_to_edit(request.user, pk), request.POST
    note_collection(request, found, "collection.changed", found.title)
    if "cover" in data:
        collecting.set_cover(found, access.uuid_of(data["cover"]))
    elif "out" in data:
        collecting.remove(found, access.uuid_of(data["out"]))
    elif "task" in data:
        before = data.get("before")
        other = access.uuid_of(before) if before else None
        collecting.put_before(found, access.uuid_of(data["task"]), other)
    else:
        _step(request, found)
    if not request.htmx:
        return redirect("collection", pk)
    found.refresh_from_db()
    context = {
        "collection": found,
        "editable": True,
        "cards": cards(collecting.shown(request.user, found), request.user),
    }
    return render(request, "keep/_shelf.html", context)


def _step(request: Request, found: Collection) -> None:
    for where in ("earlier", "later"):
        if where in request.POST:
            seen = [task.pk for task in collecting.shown(request.user, found)]
            collecting.step(found, access.uuid_of(request.POST[where]), where, seen)


@require_POST
def delete(request: Request, pk: UUID) -> HttpResponse:
    found = access.get_collection_to_edit(request.user, pk)
    note_collection(request, found, "collection.deleted", found.title)
    found.delete()
    messages.success(request, "The collection is gone; its results are where they were.")
    return redirect("collections")


@require_GET
def download(request: Request, pk: UUID) -> HttpResponse:
    found = access.get_collection(request.user, pk)
    return lead_to_zip(request, [task.pk for task in collecting.shown(request.user, found)])
