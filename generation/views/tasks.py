"""Tasks: making them, watching them, one task's page, and what people decide."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generation.forms.composer import ComposerForm
from generation.lifecycle import choices
from generation.lifecycle.submit import submit
from generation.models import Task, Visibility

from . import studio
from .cards import Card, cards
from .details import rows
from .feed import changes as changes_since
from .http import Request, audit


@require_http_methods(["GET", "POST"])
def tasks(request: Request) -> HttpResponse:
    if request.method == "POST":
        return _create(request)
    context = studio.gallery_context(request) | {"nav": "gallery"}
    return render(request, "tasks/gallery.html", context)


def _create(request: Request) -> HttpResponse:
    form = ComposerForm(
        studio.chosen_spec(request.POST.get("model", "")), request.user, request.POST, request.FILES
    )
    if not form.is_valid():
        if request.htmx:
            return render(request, "studio/_fields.html", studio.composer_context(form), status=422)
        return studio.render_studio(request, form, status=422)
    made = submit(form.submission_for())
    if not request.htmx:
        return redirect(made[0])
    form.renew_token()
    shown = Task.objects.filter(pk__in=[task.pk for task in made]).for_cards()
    context = studio.composer_context(form)
    context["new"] = cards(sorted(shown, key=lambda t: t.variation), request.user)
    return render(request, "studio/_posted.html", context)


@require_GET
def changes(request: Request) -> HttpResponse:
    """What changed since the page's cursor; 204 without a further query when nothing did."""
    try:
        since = int(request.GET.get("since", ""))
    except ValueError:
        since = request.user.feed_head
    whose = "mine" if request.GET.get("whose") == "mine" else "all"
    head = request.user.own_feed_head if whose == "mine" else request.user.feed_head
    if head <= since:
        response = HttpResponse(status=204)
        response["X-Live-Cursor"] = str(since)
    else:
        news = changes_since(request.user, since, whose=whose)
        context = {
            "new": cards(news.fresh, request.user),
            "changed": cards(news.changed, request.user),
        }
        response = render(request, "tasks/_changes.html", context)
        response["X-Live-Cursor"] = str(news.cursor)
    response["X-Live-Pause"] = str(studio.pause(request))
    response["Cache-Control"] = "no-store"
    return response


def _task(request: Request, pk: UUID) -> Task:
    return get_object_or_404(
        Task.objects.reachable_by(request.user).for_cards().select_related("key", "again_of"), pk=pk
    )


@require_GET
def task(request: Request, pk: UUID) -> HttpResponse:
    shown = _task(request, pk)
    private_of_other = shown.visibility == Visibility.PRIVATE and shown.owner_id != request.user.pk
    if private_of_other:
        audit(request, "task.opened-private", shown.pk)
    card = Card(shown, request.user)
    context: dict[str, Any] = {
        "nav": "gallery",
        "card": card,
        "task": shown,
        "spec": shown.spec,
        "rows": rows(shown),
        "inputs": [given for given in shown.images.all() if given.subject_id is None],
        "subjects": shown.subjects.prefetch_related("images__image"),
        "events": shown.events.select_related("who"),
        "outputs": shown.outputs.all(),
        "explanation": card.explanation,
        "private_of_other": private_of_other,
        "remix_url": f"{reverse('studio')}?from={shown.pk}" if shown.spec else "",
        **_may(shown, request),
    }
    return render(request, "tasks/task.html", context)


def _may(task: Task, request: Request) -> dict[str, bool]:
    mine = task.owner_id == request.user.pk or request.user.is_staff
    return {
        "can_repeat": task.spec is not None
        and not task.is_running
        and task.state != Task.State.UNCERTAIN,
        "can_cancel": mine and task.state == Task.State.QUEUED,
        "can_resolve": mine and task.state == Task.State.UNCERTAIN,
    }


@require_POST
def again(request: Request, pk: UUID) -> HttpResponse:
    """A new task like this one, paid by whoever asks."""
    old = _task(request, pk)
    try:
        made = choices.try_again(old, request.user)
    except choices.CannotRepeat as reason:
        messages.error(request, str(reason))
        return render(request, "tasks/_changes.html") if request.htmx else redirect(old)
    if not request.htmx:
        return redirect(made)
    fresh = Task.objects.for_cards().get(pk=made.pk)
    return render(request, "tasks/_changes.html", {"new": [Card(fresh, request.user)]})


def _own(request: Request, pk: UUID) -> Task:
    """A task this user may decide about: an own one, or any for admins."""
    tasks = Task.objects.all() if request.user.is_staff else Task.objects.filter(owner=request.user)
    return get_object_or_404(tasks, pk=pk)


@require_POST
def cancel(request: Request, pk: UUID) -> HttpResponse:
    mine = _own(request, pk)
    if not choices.cancel(mine, request.user):
        messages.error(request, "It has already been sent; the gateway has no way to cancel it.")
    return _back(request, mine)


@require_POST
def give_up(request: Request, pk: UUID) -> HttpResponse:
    mine = _own(request, pk)
    if not choices.give_up(mine, request.user):
        messages.error(request, "This task is no longer uncertain.")
    return _back(request, mine)


@require_POST
def send_again(request: Request, pk: UUID) -> HttpResponse:
    """Ends an uncertain task and makes a new one like it; the member has read the warning."""
    mine = _own(request, pk)
    try:
        made = choices.send_again(mine, request.user)
    except choices.CannotRepeat as reason:
        messages.error(request, str(reason))
        return redirect(mine)
    return redirect(made)


@require_POST
def remote_id(request: Request, pk: UUID) -> HttpResponse:
    """The gateway's own id of an uncertain task, found by a person; checked before it is believed."""
    mine = _own(request, pk)
    try:
        choices.resolve(mine, request.user, request.POST.get("remote_id", ""))
    except choices.NotThisTask as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, "That is the task. It is followed from here on.")
    return redirect(mine)


def _back(request: Request, changed: Task) -> HttpResponse:
    if not request.htmx:
        return redirect(changed)
    shown = Task.objects.for_cards().get(pk=changed.pk)
    return render(request, "tasks/_changes.html", {"changed": [Card(shown, request.user)]})
