"""One key: how it does, who may spend on it, and another secret for it."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from generation.forms.keys import MembersForm, RotateForm
from generation.gateway.results import KeyVerdict
from generation.lifecycle import key_health
from generation.lifecycle.key_check import try_secret
from generation.lifecycle.key_rotation import in_service, rotate
from generation.models import ApiKey, Task
from generation.money.key_uses import of_keys
from generation.people import access, key_members
from generation.people.audit import audit
from generation.people.confirming import fresh_only

from .http import Request


@require_GET
def key(request: Request, pk: UUID) -> HttpResponse:
    return page(request, access.get_key(request.user, pk))


def page(
    request: Request,
    shown: ApiKey,
    *,
    members: MembersForm | None = None,
    secret: RotateForm | None = None,
    status: int = 200,
    **more: str,
) -> HttpResponse:
    running = Task.objects.running().filter(key=shown)
    context = {
        "nav": "keys",
        "key": shown,
        "use": of_keys([shown])[shown.pk],
        "running": running.count(),
        "waiting": running.filter(state=Task.State.QUEUED).count(),
        "retired": in_service(shown),
        "members": (members or MembersForm.of(shown)) if access.is_of_team(shown) else None,
        "secret": secret or RotateForm(key=shown),
        "usual_limit": settings.MAX_IN_FLIGHT_PER_KEY,
    }
    return render(request, "keys/key.html", context | more, status=status)


@require_POST
@fresh_only
def members(request: Request, pk: UUID) -> HttpResponse:
    shown = access.get_key(request.user, pk)
    if not access.is_of_team(shown):
        raise Http404
    form = MembersForm(request.POST, key=shown)
    if not form.is_valid():
        return page(request, shown, members=form, status=422)
    if key_members.set_members(shown, form.everyone, form.chosen):
        shown.refresh_from_db()
        audit(request, "key.opened-to", f"{shown.label}: {key_members.in_words(shown)}")
    messages.success(request, f"Kept who may spend on “{shown.label}”. What runs already goes on.")
    return redirect("key", shown.pk)


@require_POST
@fresh_only
def replace_secret(request: Request, pk: UUID) -> HttpResponse:
    shown = access.get_key(request.user, pk)
    form = RotateForm(request.POST, key=shown)
    if not form.is_valid():
        return page(request, shown, secret=form, status=422)
    tried = try_secret(form.cleaned_data["secret"])
    if tried is KeyVerdict.BAD:
        form.add_error("secret", "The gateway refuses this one. Nothing was changed.")
        return page(request, shown, secret=form, status=422)
    # Together: who dies in between leaves no new secret that nobody is said to have entered.
    with transaction.atomic():
        served = rotate(shown, form.cleaned_data["secret"])
        if served is not None:
            old = shown.last_four
            shown.refresh_from_db()
            audit(request, "key.rotated", f"{shown.label} …{old} to …{shown.last_four}")
    if served is None:
        messages.info(request, f"“{shown.label}” has this secret already. Nothing was changed.")
        return redirect("key", shown.pk)
    if tried is KeyVerdict.GOOD:
        key_health.works(shown.pk)
        messages.success(
            request, f"The gateway accepts the new secret of “{shown.label}”.{_told(served)}"
        )
    else:
        messages.warning(
            request,
            f"The new secret of “{shown.label}” is kept, but the gateway did not answer: test it later.{_told(served)}",
        )
    return redirect("key", shown.pk)


def _told(served: int) -> str:
    if not served:
        return ""
    noun = "task that was" if served == 1 else "tasks that were"
    return f" {served} {noun} under way end with the old one."
