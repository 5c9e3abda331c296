"""Keys of the gateway."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from generation.forms.keys import KeyForm, LimitForm
from generation.lifecycle.key_check import test_key
from generation.models import ApiKey, next_revision
from generation.money.key_uses import of_keys
from generation.people import access
from generation.people.audit import audit
from generation.people.confirming import fresh_only, fresh_to_change
from generation.scheduling.fair_queue import wake_if_waiting

from . import key_page
from .http import Request, posted


@require_http_methods(["GET", "POST"])
@fresh_to_change
def keys(request: Request) -> HttpResponse:
    form = KeyForm(*posted(request), user=request.user)
    if request.method == "POST" and form.is_valid():
        key = form.save()
        audit(request, "key.added", f"{key.label} …{key.last_four}")
        messages.success(request, f"“{key.label}” is kept. Test it before you rely on it.")
        return redirect("keys")
    visible = list(_listed(ApiKey.objects.visible_to(request.user).select_related("owner")))
    uses = of_keys(visible)
    context = {
        "nav": "keys",
        "form": form,
        "team_keys": [(key, uses[key.pk]) for key in visible if access.is_of_team(key)],
        "own_keys": [(key, uses[key.pk]) for key in visible if access.is_own(request.user, key)],
        "others": [key for key in visible if access.is_private_of_another(key, request.user)],
        "can_team": access.may_add_team_keys(request.user),
    }
    return render(request, "keys/keys.html", context, status=422 if form.errors else 200)


def _listed(keys: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
    return keys if settings.SANDBOX else keys.filter(trial=False)


@require_POST
def test(request: Request, pk: UUID) -> HttpResponse:
    key = access.get_key(request.user, pk)
    good, sentence = test_key(key)
    (messages.success if good else messages.error)(request, f"“{key.label}”: {sentence}")
    return redirect("keys")


@require_POST
@fresh_only
def active(request: Request, pk: UUID) -> HttpResponse:
    key = access.get_key(request.user, pk)
    key.active = request.POST.get("active", "off" if key.active else "on") == "on"
    key.save(update_fields=["active"])
    word = "on" if key.active else "off"
    audit(request, f"key.switched-{word}", f"{key.label} …{key.last_four}")
    messages.success(request, f"“{key.label}” is switched {word}.")
    return redirect("keys")


@require_POST
@fresh_only
def limit(request: Request, pk: UUID) -> HttpResponse:
    key = access.get_key(request.user, pk)
    form = LimitForm(request.POST)
    if not form.is_valid():
        error = "Enter a whole number up to 10,000, or nothing."
        typed = request.POST.get("max_in_flight", "")
        return key_page.page(request, key, status=422, limit_error=error, limit_typed=typed)
    key.max_in_flight = form.cleaned_data["max_in_flight"]
    key.save(update_fields=["max_in_flight"])
    wake_if_waiting()
    audit(request, "key.limited", f"{key.label} …{key.last_four}: {key.max_in_flight}")
    messages.success(request, f"The limit of “{key.label}” is kept.")
    return redirect("keys")


@require_POST
@fresh_only
def delete(request: Request, pk: UUID) -> HttpResponse:
    key = access.get_key(request.user, pk)
    with transaction.atomic():
        next_revision()  # nobody submits on it meanwhile
        needed = key.tasks.running().exists()
        if not needed:
            audit(request, "key.deleted", f"{key.label} …{key.last_four}")
            key.delete()
    if needed:
        messages.error(
            request,
            f"“{key.label}” has tasks in flight that need it. Switch it off, delete it later.",
        )
        return redirect("keys")
    messages.success(request, f"“{key.label}” is deleted.")
    return redirect("keys")
