"""After the password: a code or a passkey. And passkeys alone, which are both at once."""

import logging
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from generation.forms.security import CodeForm
from generation.models.secrets import SecretUnreadable
from generation.people import passkeys, second_factors, seeds
from generation.people.audit import audit, audit_hourly
from generation.people.login_limits import (
    TooManyGuesses,
    guess_at_passkey,
    guess_at_second_factor,
)
from generation.people.sign_in import Half, finish, half

logger = logging.getLogger(__name__)

UNREADABLE = (
    "Codes cannot be checked here now: what they are compared with cannot be read. Tell an admin."
)
WRONG = "That code is wrong, or was used already. Wait for the next one and try again."
NO_PASSKEY = "That passkey does not open this account."


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    found = half(request)
    if found is None:
        messages.info(request, "That took too long. Log in again.")
        return redirect("login")
    if request.method == "GET":
        return _page(request, found, CodeForm())
    form = CodeForm(request.POST)
    answer = request.POST.get("passkey", "")
    if not answer and not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        guess = guess_at_second_factor(request, found.user)
    except TooManyGuesses as pause:
        return _refuse(request, found, pause)
    how = _proven(request, found, answer, form)
    if how is None:
        audit(request, "login.code-wrong", found.user.username)
        return _page(request, found, form, status=422)
    guess.was_right()
    return finish(request, found.user, f"{found.how} and {how}", found.to, strong=True)


def _proven(request: HttpRequest, found: Half, answer: str, form: CodeForm) -> str | None:
    """By what; None with the error in the form."""
    if answer:
        try:
            passkeys.answered(request, answer, found.user)
        except passkeys.NoPasskey:
            form.errors.clear()
            form.add_error(None, NO_PASSKEY)
            return None
        return "passkey"
    try:
        row = second_factors.use_code(found.user, form.cleaned_data["code"])
    except SecretUnreadable:
        logger.error("codes of %s cannot be checked: ENCRYPTION_KEYS", found.user.username)
        form.add_error("code", UNREADABLE)
        return None
    if row is None:
        form.add_error("code", WRONG)
        return None
    return "code" if row.type == seeds.Kind.TOTP else "recovery code"


def _refuse(request: HttpRequest, found: Half, pause: TooManyGuesses) -> HttpResponse:
    form = CodeForm({"code": "x"})
    form.errors.clear()
    form.add_error("code", str(pause).replace("passwords", "codes"))
    audit_hourly(request, "login.paused", "too many wrong codes")
    response = _page(request, found, form, status=429)
    response["Retry-After"] = str(pause.seconds)
    return response


def _page(request: HttpRequest, found: Half, form: Any, status: int = 200) -> HttpResponse:
    factors = second_factors.factors(found.user)
    context = {"form": form, "factors": factors}
    return render(request, "account/second_step.html", context, status=status)


@login_not_required
@never_cache
@require_POST
def passkey(request: HttpRequest) -> HttpResponse:
    """Without an answer: what the browser is to be asked. With one: logs in."""
    answer = request.POST.get("passkey", "")
    who = request.user if request.user.is_authenticated else None
    waiting = half(request) if who is None else None
    if not answer and (who or waiting):
        return JsonResponse(passkeys.question(request, who or (waiting and waiting.user) or None))
    try:
        guess = guess_at_passkey(request)
    except TooManyGuesses as pause:
        return _sorry(request, str(pause).replace("wrong passwords", "attempts"), answer)
    if not answer:
        return JsonResponse(passkeys.question(request, None))
    try:
        user = passkeys.answered(request, answer)
    except passkeys.NoPasskey:
        audit(request, "login.code-wrong", "a passkey that nobody has")
        return _sorry(request, NO_PASSKEY, answer)
    if not user.is_active:
        audit(request, "login.code-wrong", user.username)
        return _sorry(request, NO_PASSKEY, answer)
    guess.was_right()
    return finish(request, user, "passkey", request.POST.get("next", ""), strong=True)


def _sorry(request: HttpRequest, sentence: str, answer: str) -> HttpResponse:
    if not answer:
        return JsonResponse({"problem": sentence}, status=429)
    messages.error(request, sentence)
    return redirect("login")
