"""Keys of the gateway."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from generation.forms.keys import KeyForm, LimitForm
from generation.lifecycle.key_check import test_key
from generation.models import ApiKey
from generation.people import access
from generation.people.audit import audit
from generation.scheduling.fair_queue import wake_if_waiting

from .http import Request, posted


@require_http_methods(["GET", "POST"])
def keys(request: Request) -> HttpResponse:
    form = KeyForm(*posted(request), user=request.user)
    if request.method == "POST" and form.is_valid():
        key = form.save()
        audit(request, "key.added", f"{key.label} …{key.last_four}")
        messages.success(request, f"“{key.label}” is kept. Test it before you rely on it.")
        return redirect("keys")
    visible = ApiKey.objects.visible_to(request.user).select_related("owner")
    context = {
        "nav": "keys",
        "form": form,
        "team_keys": _listed(visible.filter(owner=None)),
        "own_keys": visible.filter(owner=request.user),
        "others": visible.exclude(owner=None).exclude(owner=request.user),
        "can_team": access.may_add_team_keys(request.user),
        "usual_limit": settings.MAX_IN_FLIGHT_PER_KEY,
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
def active(request: Request, pk: UUID) -> HttpResponse:
    """Switches a key on or off, as `active` says; the page's own button always says it."""
    key = access.get_key(request.user, pk)
    key.active = request.POST.get("active", "off" if key.active else "on") == "on"
    key.save(update_fields=["active"])
    word = "on" if key.active else "off"
    audit(request, f"key.switched-{word}", f"{key.label} …{key.last_four}")
    messages.success(request, f"“{key.label}” is switched {word}.")
    return redirect("keys")


@require_POST
def limit(request: Request, pk: UUID) -> HttpResponse:
    """How many tasks of the key may be at the gateway at once; more room is used at once."""
    key = access.get_key(request.user, pk)
    form = LimitForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Enter a whole number up to 10,000, or nothing.")
        return redirect("keys")
    key.max_in_flight = form.cleaned_data["max_in_flight"]
    key.save(update_fields=["max_in_flight"])
    wake_if_waiting()
    audit(request, "key.limited", f"{key.label} …{key.last_four}: {key.max_in_flight}")
    messages.success(request, f"The limit of “{key.label}” is kept.")
    return redirect("keys")


@require_POST
def delete(request: Request, pk: UUID) -> HttpResponse:
    key = access.get_key(request.user, pk)
    if key.tasks.running().exists():
        messages.error(
            request,
            f"“{key.label}” has tasks in flight that need it. Switch it off, delete it later.",
        )
        return redirect("keys")
    audit(request, "key.deleted", f"{key.label} …{key.last_four}")
    key.delete()
    messages.success(request, f"“{key.label}” is deleted.")
    return redirect("keys")
