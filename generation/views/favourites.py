"""The heart on a result."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from generation.gallery.remarks import like
from generation.people import access

from .http import Request


@require_POST
def favourite(request: Request, pk: UUID) -> HttpResponse:
    task = access.get_task_to_like(request.user, pk)
    wanted = request.POST.get("on") == "1"
    like(task, request.user, wanted)
    if not request.htmx:
        return redirect(task)
    context = {"task": task, "liked": wanted, "look": request.POST.get("look")}
    return render(request, "tiles/heart.html", context, using="jinja2")
