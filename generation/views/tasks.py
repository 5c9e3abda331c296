"""Tasks: making them, watching them, one task's page, and what people decide."""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generation.forms.composer import ComposerForm
from generation.lifecycle import actions
from generation.lifecycle.enqueue import Submission, enqueue
from generation.models import Task
from generation.people import access
from generation.people.audit import opened
from generation.presenters.cards import Card
from generation.presenters.decisions import decisions
from generation.presenters.details import rows
from generation.presenters.support import told
from generation.scheduling.submit_limit import TooManySubmits

from . import studio
from .cards import card, cards
from .feed import Cursor, head_of
from .feed import changes as changes_since
from .http import Request


@require_http_methods(["GET", "POST"])
def tasks(request: Request) -> HttpResponse:
    if request.method == "POST":
        return _create(request)
    context = studio.gallery_context(request) | {"nav": "gallery"}
    return render(request, "tasks/gallery.html", context)


def _create(request: Request) -> HttpResponse:
    form = ComposerForm.posted(request.user, request.POST, request.FILES)
    if not form.is_valid():
        return _refused(request, form, 422)
    asked = form.submission_for()
    _note_use(request, asked)
    try:
        made = enqueue(asked, most_a_minute=settings.MAX_SUBMITS_PER_MINUTE)
    except TooManySubmits as reason:
        form.refuse("pace", str(reason))
        response = _refused(request, form, 429)
        response["Retry-After"] = str(reason.seconds)
        return response
    if not request.htmx:
        return redirect(made[0])
    form.renew_token()
    shown = Task.objects.filter(pk__in=[task.pk for task in made]).for_cards()
    context = studio.composer_context(form)
    context["new"] = cards(sorted(shown, key=lambda t: t.variation), request.user)
    return render(request, "studio/_posted.html", context)


def _refused(request: Request, form: ComposerForm, status: int) -> HttpResponse:
    """The form with everything that was given to it, and what is wrong."""
    if request.htmx:
        context = studio.composer_context(form) | {"with_price": True}
        return render(request, "studio/_fields.html", context, status=status)
    return studio.render_studio(request, form, status=status)


def _note_use(request: Request, asked: Submission) -> None:
    """Before they become inputs of a task of one's own, which is opened without a trace."""
    things = [given.image for given in asked.images] + [given.subject for given in asked.subjects]
    for thing in things:
        if thing is not None:
            opened(request, thing, "used")


@require_GET
def changes(request: Request) -> HttpResponse:
    """What changed since the page's cursor; 204 without a further query when nothing did."""
    whose = "mine" if request.GET.get("whose") == "mine" else "all"
    head = head_of(request.user, whose)
    since = Cursor.parse(request.GET.get("since", "")) or Cursor(head, head)
    if head <= since.at:
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
    response["Cache-Control"] = "private, no-store"
    return response


def _task(request: Request, pk: UUID) -> Task:
    tasks = Task.objects.for_cards().select_related("key", "again_of")
    return access.get_task(request.user, pk, tasks)


@require_GET
def task(request: Request, pk: UUID) -> HttpResponse:
    shown = _task(request, pk)
    opened(request, shown)
    about = card(shown, request.user)
    events = list(shown.events.select_related("who"))
    context: dict[str, Any] = {
        "nav": "gallery",
        "card": about,
        "task": shown,
        "spec": shown.spec,
        "rows": rows(shown.spec, shown.whole_params()),
        "inputs": [given for given in shown.images.all() if given.subject_id is None],
        "subjects": shown.subjects.prefetch_related("images__image"),
        "events": events,
        "told": told(events) if access.is_admin(request.user) else [],
        "outputs": shown.outputs.all(),
        "explanation": about.explanation,
        "private_of_other": access.is_private_of_another(shown, request.user),
        "token": uuid4(),
        "remix_url": f"{reverse('studio')}?from={shown.pk}" if shown.spec else "",
        **decisions(shown, request.user),
    }
    return render(request, "tasks/task.html", context)


@require_POST
def again(request: Request, pk: UUID) -> HttpResponse:
    """A new task like this one, in its owner's name; for the owner and for admins."""
    old = _task(request, pk)
    if not access.may_repeat(request.user, old):
        raise Http404
    opened(request, old, "repeated")
    try:
        made = actions.try_again(old, request.user, _token(request))
    except (actions.CannotRepeat, TooManySubmits) as reason:
        messages.error(request, str(reason))
        return render(request, "tasks/_changes.html") if request.htmx else redirect(old)
    if not request.htmx:
        return redirect(made)
    # The old card too: its next press is meant anew.
    context = {"new": [_shown(request, made)], "changed": [card(old, request.user)]}
    return render(request, "tasks/_changes.html", context)


def _shown(request: Request, task: Task) -> Card:
    """The card of the task as it is now."""
    return card(access.get_task(request.user, task.pk, Task.objects.for_cards()), request.user)


def _token(request: Request) -> UUID | None:
    """The id of the form that was pressed: sent twice, it makes one task."""
    try:
        return UUID(request.POST.get("submission", ""))
    except ValueError:
        return None


def _own(request: Request, pk: UUID) -> Task:
    """A task this user may decide about: an own one, or any for admins."""
    found = access.get_task_to_decide(request.user, pk)
    opened(request, found, "decided")
    return found


@require_POST
def cancel(request: Request, pk: UUID) -> HttpResponse:
    mine = _own(request, pk)
    if not actions.cancel(mine, request.user):
        messages.error(request, actions.why_not_canceled(mine))
    return _back(request, mine)


@require_POST
def give_up(request: Request, pk: UUID) -> HttpResponse:
    mine = _own(request, pk)
    if not actions.give_up(mine, request.user):
        messages.error(request, "This task is no longer uncertain.")
    return _back(request, mine)


@require_POST
def send_again(request: Request, pk: UUID) -> HttpResponse:
    """Ends an uncertain task and makes a new one like it; the member has read the warning."""
    mine = _own(request, pk)
    try:
        made = actions.send_again(mine, request.user, _token(request))
    except (actions.CannotRepeat, TooManySubmits) as reason:
        messages.error(request, str(reason))
        return redirect(mine)
    return redirect(made)


@require_POST
def remote_id(request: Request, pk: UUID) -> HttpResponse:
    """The gateway's own id of an uncertain task, found by a person; checked before it is believed."""
    mine = _own(request, pk)
    try:
        actions.resolve(mine, request.user, request.POST.get("remote_id", ""))
    except actions.NotThisTask as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, "That is the task. It is followed from here on.")
    return redirect(mine)


def _back(request: Request, changed: Task) -> HttpResponse:
    if not request.htmx:
        return redirect(changed)
    return render(request, "tasks/_changes.html", {"changed": [_shown(request, changed)]})
