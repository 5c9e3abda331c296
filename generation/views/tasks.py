"""Tasks: making them, watching them, one task's page, and what people decide."""

from dataclasses import replace
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from generation.forms.composer import ComposerForm
from generation.forms.prices import changed_words
from generation.gallery.listing import matching
from generation.gallery.reading import read
from generation.lifecycle import actions
from generation.lifecycle.duplicates import AlreadyMade
from generation.lifecycle.enqueue import KeyNotForOwner, Submission, enqueue
from generation.models import Task, feed_head
from generation.money.budgets import OverBudget
from generation.money.shown_price import PriceChanged
from generation.people.audit import opened
from generation.people.storage_use import StorageFull
from generation.presenters.days import by_day
from generation.scheduling.submit_limit import TooManySubmits

from . import drafts, studio
from .cards import cards
from .days import recent_sums
from .feed import Cursor, head_of
from .feed import changes as changes_since
from .gallery import gallery_context, pause
from .http import Request, see_made, tell_made
from .one_task import anyway, own_task, shown_card, task_for_page
from .task_page import render_task


@require_http_methods(["GET", "POST"])
def tasks(request: Request) -> HttpResponse:
    if request.method == "POST":
        return _create(request)
    context = gallery_context(request) | {"nav": "gallery"}
    return render(request, "tasks/gallery.html", context)


def _create(request: Request) -> HttpResponse:
    form = ComposerForm.posted(request.user, request.POST, request.FILES)
    drafts.keep_sent(request, form)
    if not form.is_valid():
        return _refused(request, form, 422)
    asked = form.submission_for()
    _note_use(request, asked)
    try:
        made = enqueue(asked, most_a_minute=settings.MAX_SUBMITS_PER_MINUTE, anyway=anyway(request))
    except AlreadyMade as reason:
        form.already = reason.task
        return _refused(request, form, 422)
    except PriceChanged as changed:
        form.refuse("shown_price", changed_words(changed))
        return _refused(request, form, 422)
    except KeyNotForOwner as reason:
        form.refuse("key", str(reason))
        return _refused(request, form, 422)
    except StorageFull as reason:
        form.refuse("storage", reason.why)
        return _refused(request, form, 422)
    except OverBudget as reason:
        form.refuse("budget", reason.why)
        return _refused(request, form, 422)
    except TooManySubmits as reason:
        form.refuse("pace", str(reason))
        response = _refused(request, form, 429)
        response["Retry-After"] = str(reason.seconds)
        return response
    if not request.htmx:
        return see_made(made[0])
    form.renew_token()
    shown = Task.objects.filter(pk__in=[task.pk for task in made]).for_cards()
    context = studio.composer_context(request, form)
    context["new"] = cards(sorted(shown, key=lambda t: t.variation), request.user)
    return tell_made(render(request, "studio/_posted.html", context), made)


def _refused(request: Request, form: ComposerForm, status: int) -> HttpResponse:
    if request.htmx:
        context = studio.composer_context(request, form) | {"with_price": True}
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
        filters = read(request.user, request.GET)
        fresh = [] if "still" in request.GET else matching(request.user, filters, news.fresh)
        # What comes back from the trash, or becomes the team's, has its place among the others.
        belong = [] if "still" in request.GET else matching(request.user, filters, news.changed)
        known = [task for task in news.changed if task not in belong]
        shown = iter(cards([*fresh, *belong, *known], request.user, news.liked))
        context = {
            "new": list(islice(shown, len(fresh))),
            "belonging": by_day(islice(shown, len(belong)), {}),
            "changed": list(shown),
            "sums": recent_sums(
                request.user, replace(filters, whose=whose), [*news.fresh, *news.changed]
            ),
        }
        response = render(request, "tasks/_changes.html", context)
        response["X-Live-Cursor"] = str(news.cursor)
        if news.gone:
            gone = {"ids": [str(pk) for pk in news.gone]}
            trigger_client_event(response, "tasks:gone", gone)
    response["X-Live-Pause"] = str(pause(request))
    response["X-Live-Prices"] = str(feed_head(request.user).prices)
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
def task(request: Request, pk: UUID) -> HttpResponse:
    shown = task_for_page(request, pk)
    opened(request, shown)
    return render_task(request, shown)


@require_POST
def cancel(request: Request, pk: UUID) -> HttpResponse:
    mine = own_task(request, pk)
    if not actions.cancel(mine, request.user):
        messages.error(request, actions.why_not_canceled(mine))
    return _back(request, mine)


@require_POST
def give_up(request: Request, pk: UUID) -> HttpResponse:
    mine = own_task(request, pk)
    if not actions.give_up(mine, request.user):
        messages.error(request, "This task is no longer uncertain.")
    return _back(request, mine)


@require_POST
def remote_id(request: Request, pk: UUID) -> HttpResponse:
    mine = own_task(request, pk)
    try:
        actions.resolve(mine, request.user, request.POST.get("remote_id", ""))
    except actions.NotThisTask as reason:
        wrong = {"remote_id": request.POST.get("remote_id", ""), "remote_id_error": str(reason)}
        return render_task(request, task_for_page(request, pk), status=422, **wrong)
    messages.success(request, "That is the task. It is followed from here on.")
    return redirect(mine)


def _back(request: Request, changed: Task) -> HttpResponse:
    if not request.htmx:
        return redirect(changed)
    return render(request, "tasks/_changes.html", {"changed": [shown_card(request, changed)]})
