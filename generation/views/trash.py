"""The trash of a member: what is in it, back again, and away for ever."""

from datetime import UTC, datetime
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from generation.gallery import bulk, bulk_jobs
from generation.gallery.selection import MOST, Refused, Selection
from generation.gallery.trashed import page, weight
from generation.lifecycle import trash as lifecycle
from generation.models.task import TaskQuerySet
from generation.people import access
from generation.people.audit import audit, opened
from generation.people.storage_use import room_of

from .bulk import back, note_others
from .bulk_jobs import lead_to
from .http import Request


@require_GET
def trash(request: Request) -> HttpResponse:
    return _page(request)


def _page(request: Request, problem: str = "", status: int = 200) -> HttpResponse:
    shown = page(request.user, request.GET.get("before", ""))
    context = {
        "nav": "gallery",
        "items": shown.items,
        "older": shown.older,
        "weight": weight(request.user),
        "room": room_of(request.user),
        "problem": problem,
    }
    return render(request, "keep/trash.html", context, status=status)


@require_POST
def restore_many(request: Request) -> HttpResponse:
    wanted = {access.uuid_of(pk) for pk in request.POST.getlist("tasks")}
    if not wanted or len(wanted) > MOST:
        words = f"Select {MOST} results at most at once." if wanted else "Select a result first."
        return _page(request, words, status=422)
    found = access.get_trashed(request.user, wanted)
    _bring_back(request, found)
    return redirect("trash")


@require_POST
def undo(request: Request) -> HttpResponse:
    """Takes back one press that moved results to the trash: they share its moment."""
    moment = _moment(request.POST.get("at", ""))
    mine = access.decidable_tasks(request.user).in_trash().filter(trashed_at=moment)
    if mine.count() > bulk_jobs.AT_ONCE:
        return lead_to(request, bulk_jobs.start(request.user, "restore", moment.isoformat()))
    _bring_back(request, mine)
    return HttpResponseClientRefresh() if request.htmx else redirect(back(request))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadRequest("There is nothing to undo.")


def _bring_back(request: Request, found: TaskQuerySet) -> None:
    # Read before: once restored, the query finds them no more.
    tasks = list(found)
    _say_restored(request, lifecycle.restore(found))
    for task in tasks:
        note_others(request, "task.untrashed", task)


def _say_restored(request: Request, count: int) -> None:
    if count:
        messages.success(request, f"{count} result{'s are' if count != 1 else ' is'} back.")
    else:
        messages.error(request, "That is no longer in the trash.")


@require_POST
def empty(request: Request) -> HttpResponse:
    try:
        gone = lifecycle.empty(request.user)
    except OSError:
        return _page(request, "The storage does not answer. Try again in a while.", status=503)
    audit(request, "trash.emptied", f"{gone} results")
    files = "The files of 1 result are" if gone == 1 else f"The files of {gone} results are"
    done = "deleted" if gone <= lifecycle.EMPTIED_AT_ONCE else "being deleted, which takes minutes"
    messages.success(request, f"{files} {done}. What they cost stays in the usage.")
    return redirect("trash")


@require_POST
def trash_one(request: Request, pk: UUID) -> HttpResponse:
    task = access.get_task_to_decide(request.user, pk)
    opened(request, task, "decided")
    try:
        done = bulk.trash_all(Selection(request.user, [task]))
    except Refused as reason:
        messages.error(request, str(reason))
        return redirect(task)
    note_others(request, "task.trashed", task)
    messages.success(request, done.words, extra_tags=done.undo.isoformat() if done.undo else "")
    return redirect("tasks")


@require_POST
def restore_one(request: Request, pk: UUID) -> HttpResponse:
    task = access.get_task_to_decide(request.user, pk)
    opened(request, task, "decided")
    _say_restored(request, lifecycle.restore_one(task.pk))
    note_others(request, "task.untrashed", task)
    return redirect(task)
