"""What a member does with many results at once."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from generation.gallery import bulk as actions
from generation.gallery import bulk_jobs, collecting, everything
from generation.gallery.bulk import Done
from generation.gallery.collecting import MOST_ITEMS
from generation.gallery.selection import MOST, Refused, Selection, select
from generation.models import Collection, Task
from generation.people import access
from generation.people.audit import audit

from .bulk_jobs import begin, filters_of, tags_of, verdict_of
from .cards import cards
from .gallery import gallery_context
from .http import Request

BY_VALUE = {"visibility": "visibility", "collection": "collect", "verdict": "review"}


def chosen(request: Request, most: int | None = None) -> Selection:
    """What is ticked, or with `all=1` everything that the gallery's filters let through."""
    if request.POST.get("all") == "1":
        most = most or MOST
        places = everything.first(request.user, filters_of(request), most)
        if places is None:
            raise Refused(f"More than {most:,} match. Set a filter first. Nothing was changed.")
        return everything.selection(request.user, places)
    return select(request.user, [access.uuid_of(pk) for pk in request.POST.getlist("tasks")])


@require_http_methods(["GET", "POST"])
def bulk(request: Request) -> HttpResponse:
    """One action for all that is selected; whatever one of them forbids is done to none."""
    if request.method == "GET":
        return redirect(back(request))
    try:
        if work := _for_worker(request):
            return work
        selection = chosen(request, MOST_ITEMS if _action(request) == "collect" else None)
        done = _act(request)(selection)
    except Refused as reason:
        return refused(request, str(reason))
    _note(request, selection, done)
    extra = done.undo.isoformat() if done.undo else ""
    messages.success(request, done.words, extra_tags=extra)
    return _answer(request, selection, done) if request.htmx else redirect(back(request))


def _note(request: Request, selection: Selection, done: Done) -> None:
    if done.gone:
        for task in selection.tasks:
            note_others(request, "task.trashed", task)
    elif _action(request) == "visibility":
        for task in actions.seen_otherwise(selection.tasks, request.POST["visibility"]):
            note_others(request, "task.visibility-changed", task)


def _for_worker(request: Request) -> HttpResponse | None:
    """The answer when everything is meant, and that is too much for a request."""
    if request.POST.get("all") != "1" or _action(request) == "collect":
        return None
    filters = everything.understood(filters_of(request))
    if everything.first(request.user, filters, bulk_jobs.AT_ONCE) is not None:
        return None
    return begin(request, _action(request), filters)


def _action(request: Request) -> str:
    data = request.POST
    # A button has one name only: those that name a value need no action beside it.
    named = (action for name, action in BY_VALUE.items() if data.get(name))
    action = data.get("action") or next(named, "")
    return _by_enter(request) if action == "enter" else action


def _by_enter(request: Request) -> str:
    """Without scripts nobody knows in which of the fields it was pressed."""
    typed = [name for name in ("title", "tag") if request.POST.get(name)]
    if len(typed) > 1:
        raise Refused("Press the button of what you mean: a collection, or a tag.")
    return "tag" if typed == ["tag"] else "collect"


def _act(request: Request) -> Callable[[Selection], Done]:
    data = request.POST
    match _action(request):
        case "favourite":
            return actions.like
        case "unfavourite":
            return actions.unlike
        case "trash":
            return actions.trash_all
        case "collect":
            return lambda selection: collect(request, selection)
        case "tag" | "untag" as action:
            names = tags_of(request)
            act = actions.tag if action == "tag" else actions.untag
            return lambda selection: act(selection, names)
        case "review":
            verdict = verdict_of(request)
            return lambda selection: actions.review(selection, verdict)
        case "visibility":
            return lambda selection: actions.show_to(selection, data.get("visibility", ""))
    raise Refused("Choose what to do with them.")


def collect(request: Request, selection: Selection) -> Done:
    """Into one that is named by its id, or by a title of one's own."""
    user, pk = request.user, request.POST.get("collection")
    if not pk:
        return collecting.add(collecting.called(user, request.POST.get("title", "")), selection)
    found = access.get_collection_to_edit(user, access.uuid_of(pk))
    done = collecting.add(found, selection)
    note_collection(request, found, "collection.changed", found.title)
    return done


def _answer(request: Request, selection: Selection, done: Done) -> HttpResponse:
    # Of everything, the page shows some.
    ticked = set(selection.pks) & set(_ids(request))
    shown = [] if done.gone else list(Task.objects.filter(pk__in=ticked).for_cards())
    response = render(request, "tasks/_changes.html", {"changed": cards(shown, request.user)})
    if done.gone:
        gone = {"ids": [str(pk) for pk in selection.pks]}
        trigger_client_event(response, "tasks:gone", gone)
    return trigger_client_event(response, "selection:done", {}, after="settle")


def refused(request: Request, sentence: str) -> HttpResponse:
    """The gallery once more, with what was selected."""
    if request.htmx:
        messages.error(request, sentence)
        return render(request, "tasks/_changes.html", status=422)
    context = gallery_context(request) | {
        "nav": "gallery",
        "picked": set(_ids(request)),
        "selection_problem": sentence,
    }
    return render(request, "tasks/gallery.html", context, status=422)


def _ids(request: Request) -> list[UUID]:
    return [access.uuid_of(pk) for pk in request.POST.getlist("tasks")]


def back(request: Request) -> str:
    """The gallery as it was: its filters are in the address of the form."""
    asked = request.GET.urlencode()
    return f"{reverse('tasks')}?{asked}" if asked else reverse("tasks")


def note_others(request: Request, what: str, task: Task) -> None:
    """A row for what an admin does to what is somebody else's."""
    if not access.is_own(request.user, task):
        audit(request, what, task.pk)


def note_collection(request: Request, found: Collection, what: str, title: str) -> None:
    """The same for a colleague's collection."""
    if not access.is_own(request.user, found):
        audit(request, what, f"{title} of {found.owner.username}")
