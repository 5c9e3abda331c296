"""How a member logs in: second factors, passkeys, recovery codes, and where they are logged in."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generation.forms.security import AppForm, PasskeyForm
from generation.models.secrets import SecretUnreadable, decrypt, encrypt
from generation.people import passkeys, second_factors, sessions
from generation.people.access import get_member_to_reset, must_have_second_factor
from generation.people.audit import audit
from generation.people.confirming import fresh_only
from generation.people.members import end_sessions
from generation.people.notices import tell
from generation.people.single_sign_on import unlink
from generation.presenters.devices import device_words

from .http import Request, posted

SEED = "app-seed"


@never_cache
@require_GET
def security(request: Request) -> HttpResponse:
    return _page(request, PasskeyForm())


def _page(request: Request, form: PasskeyForm, status: int = 200) -> HttpResponse:
    found = second_factors.factors(request.user)
    places = sessions.places(request, request.user)
    context = {
        "nav": "account",
        "form": form,
        "factors": found,
        "required": must_have_second_factor(request.user) and not sessions.is_strong(request),
        "places": [(place, device_words(place.row.user_agent)) for place in places],
        "unknown": sessions.UNKNOWN,
        "idle": settings.IDLE_MINUTES,
    }
    return render(request, "account/security.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
@fresh_only
def app(request: Request) -> HttpResponse:
    if second_factors.factors(request.user).app:
        messages.info(request, "You have an app already. Remove it first.")
        return redirect("security")
    seed = _seed(request)
    form: Any = AppForm(*posted(request))
    if request.method == "POST" and form.is_valid():
        row = second_factors.add_app(request.user, seed, "".join(form.cleaned_data["code"].split()))
        if row is not None:
            request.session.pop(SEED, None)
            return _added(request, "app")
        form.add_error("code", "That is not the code. Wait for the next one and try again.")
    context = {
        "nav": "account",
        "form": form,
        "seed": " ".join(seed[i : i + 4] for i in range(0, len(seed), 4)),
        "picture": second_factors.picture_of(second_factors.address_of(request.user, seed)),
    }
    return render(request, "account/app.html", context, status=422 if form.errors else 200)


def _seed(request: Request) -> str:
    """The one that was shown last, so that a wrong code can be tried again."""
    owner = f"app-seed:{request.user.pk}"
    try:
        return decrypt(request.session.get(SEED, ""), owner)
    except SecretUnreadable:
        seed = second_factors.new_seed()
        request.session[SEED] = encrypt(seed, owner)
        return seed


@never_cache
@require_POST
@fresh_only
def add_passkey(request: Request) -> HttpResponse:
    form = PasskeyForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    if not form.cleaned_data["passkey"]:
        return JsonResponse(passkeys.registration(request, request.user))
    if not passkeys.has_room(request.user):
        messages.error(request, "You have as many passkeys as there may be. Remove one first.")
        return redirect("security")
    name = form.cleaned_data["name"] or device_words(request.META.get("HTTP_USER_AGENT", ""))
    try:
        passkeys.register(request, request.user, name, form.cleaned_data["passkey"])
    except passkeys.NoPasskey:
        form.add_error("name", "The passkey was not added: the browser's answer was no good.")
        return _page(request, form, status=422)
    return _added(request, f"passkey {name}")


def _added(request: Request, what: str) -> HttpResponse:
    """The first factor brings recovery codes, and ends what was logged in without one."""
    audit(request, "factor.added", f"{request.user.username}: {what}")
    tell(request.user, "factor-added")
    sessions.strengthen(request)
    sessions.end_others(request, request.user)
    if second_factors.factors(request.user).codes is None:
        return _new_codes(request)
    messages.success(request, f"Added: {what}. Your other devices are logged out.")
    return redirect("security")


@never_cache
@require_POST
@fresh_only
def codes(request: Request) -> HttpResponse:
    if not second_factors.has_factor(request.user):
        messages.error(request, "Add an app or a passkey first.")
        return redirect("security")
    tell(request.user, "codes-made")
    return _new_codes(request)


def _new_codes(request: Request) -> HttpResponse:
    """Not by a redirect: they would have to be kept somewhere until they are shown."""
    made = second_factors.new_recovery_codes(request.user)
    audit(request, "factor.codes-made", request.user.username)
    return render(request, "account/codes.html", {"nav": "account", "codes": made})


@require_POST
@fresh_only
def remove(request: Request, pk: int) -> HttpResponse:
    row = second_factors.remove(request.user, pk)
    if row is not None:
        audit(request, "factor.removed", f"{request.user.username}: {row}"[:120])
        tell(request.user, "factor-removed")
        if not second_factors.has_factor(request.user):
            sessions.weaken(request)
        messages.success(request, "It is removed, and lets nobody in any more.")
    return redirect("security")


@require_POST
def end_sessions_of_mine(request: Request) -> HttpResponse:
    if "others" in request.POST:
        ended = sessions.end_others(request, request.user)
    else:
        given = request.POST.get("session", "")
        number = int(given) if given.isascii() and given.isdigit() and len(given) < 18 else 0
        ended = int(sessions.end_one(request.user, number))
    if ended:
        audit(request, "session.ended", f"{request.user.username}: {ended}")
    noun = "device is" if ended == 1 else "devices are"
    messages.success(request, f"{ended} {noun} logged out.")
    return redirect(f"{reverse('security')}#devices")


@require_POST
@fresh_only
def reset_of_member(request: Request, public_id: Any) -> HttpResponse:
    member = get_member_to_reset(request.user, public_id)
    removed = [second_factors.reset(member), unlink(member)]
    if any(removed):
        end_sessions(member)
        audit(request, "factor.reset", member.username)
        tell(member, "factors-reset")
        messages.success(
            request, f"{member.display_name} logs in with the password alone, and can set up anew."
        )
    else:
        messages.info(request, f"{member.display_name} has no second factor.")
    return redirect("member", public_id) if member != request.user else redirect("login")
