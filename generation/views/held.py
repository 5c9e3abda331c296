"""Tasks held after a restore: an admin lets them go, one by one or all."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from generation.lifecycle import held
from generation.people.access import require_admin
from generation.people.audit import audit

from .http import Request


@require_POST
def release(request: Request, pk: UUID | None = None) -> HttpResponse:
    """Without `pk` all of them; for everyone but admins there is nothing here.

    With `found` the task is not sent: the gateway has it already, and its id can be entered.
    """
    require_admin(request.user)
    if pk and request.POST.get("found"):
        return _found(request, pk)
    released = held.release(request.user, pk)
    if released:
        audit(request, "task.released", pk or f"all {released} held tasks")
        noun = "task is" if released == 1 else "tasks are"
        messages.success(request, f"{released} {noun} released.")
    else:
        messages.info(request, "Nothing was held any more.")
    return redirect("engine")


def _found(request: Request, pk: UUID) -> HttpResponse:
    if held.found_there(request.user, pk):
        audit(request, "task.found", pk)
        messages.info(request, "Enter the gateway's id of the task, and its result comes here.")
        return redirect("task", pk)
    messages.info(request, "It was not held any more.")
    return redirect("engine")
