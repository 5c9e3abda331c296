"""The tasks behind the figures of the Usage page, and what an admin settles among them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from generation.forms.usage import RangeForm, SettleForm
from generation.gallery.places import cursor_of, position_of
from generation.lifecycle import settling
from generation.money import listed
from generation.people import access
from generation.people.audit import audit
from generation.presenters.usage import days_words

from .http import Request
from .usage import key_labels, narrowed, query_of

PAGE = 100
ONLY = {
    "": "All tasks",
    "charged": "Charged",
    "completed": "Completed",
    "failed": "Failed",
    "lost": "Lost",
    "canceled": "Canceled",
    "wasted": "Failed but charged",
    "open": "Cost not known",
    "running": "Running",
}


@require_GET
def tasks(request: Request) -> HttpResponse:
    return _tasks(request)


def _tasks(request: Request, status: int = 200, **more: Any) -> HttpResponse:
    form = RangeForm(request.GET, request.user)
    form.is_valid()
    scope = form.scope
    only = request.GET.get("only", "")
    if only not in ONLY:
        raise BadRequest("There is no such list of tasks.")
    before = position_of(request.GET.get("before", ""))
    page = listed.newest(scope, only, PAGE + 1, before)
    older = request.GET.copy()
    if len(page) > PAGE:
        older["before"] = cursor_of(page[PAGE - 1].created_at, page[PAGE - 1].pk)
    context = {
        "nav": "usage",
        "form": form,
        "tasks": page[:PAGE],
        "title": ONLY[only],
        "names_ids": only in ("wasted", "open"),
        "when": days_words(scope.days),
        "narrowed": narrowed(
            request.GET, key_labels(request.user), form.cleaned_data.get("collection")
        ),
        "older": f"?{older.urlencode()}" if len(page) > PAGE else "",
        "export": f"{reverse('usage-export')}?{query_of(request.GET, scope.days)}",
        "may_settle": access.is_admin(request.user) and only == "open",
        "query": request.GET.urlencode(),
        **more,
    }
    status = 422 if form.errors else status
    return render(request, "usage/tasks.html", context, status=status)


@require_POST
def settle(request: Request, pk: UUID) -> HttpResponse:
    access.require_admin(request.user)
    task = access.get_task(request.user, pk)
    form = SettleForm(request.POST)
    if not form.is_valid():
        return _tasks(request, 422, wrong=task.pk, problems=form.errors, typed=request.POST)
    try:
        settling.settle(
            task, request.user, form.cleaned_data["amount"], form.cleaned_data["reason"]
        )
    except settling.CannotSettle as reason:
        messages.error(request, str(reason))
    else:
        audit(request, "task.settled", pk)
        messages.success(request, "Settled. The ledger has a line more.")
    wanted = request.GET.urlencode()
    return redirect(f"{reverse('usage-tasks')}?{wanted}" if wanted else task.get_absolute_url())
