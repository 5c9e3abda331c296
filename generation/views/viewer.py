"""A result over the gallery. The address there is the task's, which has a page without scripts."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from generation.models import Task
from generation.people import access
from generation.people.audit import opened

from .http import Request
from .task_page import what_it_is


@require_GET
def viewer(request: Request, pk: UUID) -> HttpResponse:
    """What the dialog shows of one task."""
    tasks = Task.objects.for_cards().select_related("key", "again_of", "review__by")
    shown = access.get_task(request.user, pk, tasks)
    opened(request, shown)
    response = render(request, "viewer/_shown.html", what_it_is(request, shown))
    response["Cache-Control"] = "private, no-store"
    return response
