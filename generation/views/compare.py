"""Two to four results side by side. Which they are stands in the address, so that it can be sent on."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from generation.gallery.remarks import like
from generation.models import Task
from generation.people import access
from generation.people.audit import opened
from generation.presenters.comparison import LETTERS, comparison, differences

from .cards import cards
from .http import Request

FEWEST, MOST = 2, len(LETTERS)


@require_http_methods(["GET", "POST"])
def compare(request: Request) -> HttpResponse:
    """With `winner` in a POST one becomes a favourite; a POST of `tasks` leads to their comparison."""
    pks = _asked(request.GET) or _asked(request.POST)
    if not FEWEST <= len(pks) <= MOST:
        words = f"Choose {FEWEST} to {MOST} results to compare."
        none = {"nav": "gallery", "reason": words}
        return render(request, "compare/none.html", none, status=422)
    wanted = Task.objects.for_cards().select_related("long_text")
    shown = access.get_tasks_to_compare(request.user, pks, wanted)
    if request.method == "POST":
        kept = _keep(request, shown) if "winner" in request.POST else None
        if kept and request.htmx:
            return render(request, "compare/_kept.html", kept)
        return redirect(address_of(pks))
    for task in shown:
        opened(request, task)
    found = cards(shown, request.user)
    lines = comparison(found)
    panes = [
        {"card": card, "letter": LETTERS[place], "own": differences(lines, place)}
        for place, card in enumerate(found)
    ]
    context = {
        "nav": "gallery",
        "panes": panes,
        "differing": [line for line in lines if line.differs],
        "same": [line for line in lines if not line.differs],
        "prompts": {card.task.prompt for card in found},
    }
    return render(request, "compare/compare.html", context)


def address_of(pks: list[UUID]) -> str:
    query = QueryDict(mutable=True)
    query.setlist("tasks", [str(pk) for pk in pks])
    return f"{reverse('compare')}?{query.urlencode()}"


def _asked(given: QueryDict) -> list[UUID]:
    return list(dict.fromkeys(access.uuid_of(text) for text in given.getlist("tasks")))


def _keep(request: Request, shown: list[Task]) -> dict[str, Any]:
    """What its heart shows from now on."""
    task = access.get_task_to_like(request.user, access.uuid_of(request.POST["winner"]))
    if task not in shown:
        raise Http404
    letter, wanted = LETTERS[shown.index(task)], request.POST.get("on") == "1"
    like(task, request.user, wanted)
    words = "a favourite of yours" if wanted else "no favourite any more"
    messages.success(request, f"{letter} is {words}.")
    return {"pk": task.pk, "letter": letter, "liked": wanted}
