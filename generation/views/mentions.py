"""The list that opens behind an @ in a prompt, and what is known of mentions that were typed whole."""

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from generation.catalog import HANDLE
from generation.catalog.mentions import nearest
from generation.forms.chosen import picked_subjects
from generation.forms.subject_chips import chip
from generation.library.mention_list import first_of_each, known_handles, suggestions

from .http import Request

MOST_ASKED = 20
"""Handles of one prompt that are looked up at once."""


@require_GET
def mention_list(request: Request) -> HttpResponse:
    """With `q` what it may become; with `handles` which of them there are, and what was meant."""
    asked = first_of_each(request.GET.get("handles", "").split(","), MOST_ASKED)
    if asked:
        return _looked_up(request, [handle[:32] for handle in asked])
    typed = request.GET.get("q", "").replace("\0", "").strip()[:32]
    handles = [subject.handle for subject in suggestions(request.user, typed)]
    wish = typed.lower() if HANDLE.fullmatch(typed.lower()) else ""
    context = {"chips": _chips(request, handles), "typed": typed, "wish": wish}
    return render(request, "studio/_mention_list.html", context)


def _chips(request: Request, handles: list[str]) -> list[object]:
    nothing = QueryDict()
    return [chip(found, found, nothing) for found in picked_subjects(request.user, handles)]


def _looked_up(request: Request, asked: list[str]) -> HttpResponse:
    known = set(known_handles(request.user))
    unknown = [(handle, nearest(handle, sorted(known))) for handle in asked if handle not in known]
    found = [handle for handle in asked if handle in known]
    context = {"chips": _chips(request, found), "unknown": unknown}
    return render(request, "studio/_mentions_known.html", context)
