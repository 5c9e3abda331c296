"""Who left a browser open is asked once more, before anything that matters."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from generation.forms.security import CodeForm, ConfirmForm
from generation.models.secrets import SecretUnreadable
from generation.people import confirming, passkeys, second_factors, sessions, single_sign_on
from generation.people.audit import audit
from generation.people.login_limits import TooManyGuesses, guess_at_own_password

from .http import Request
from .second_step import NO_PASSKEY, UNREADABLE, WRONG


@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: Request) -> HttpResponseBase:
    to = confirming.safe_next(request, request.POST.get("next") or request.GET.get("next", ""))
    must = sessions.owes_second_factor(request)
    if request.method == "GET":
        if sessions.is_fresh(request) and not must:
            return redirect(to)
        return _page(request, to, ConfirmForm(), CodeForm(auto_id="second_%s"))
    password = ConfirmForm(request.POST if "password" in request.POST else None)
    answer = request.POST.get("passkey", "")
    typed = "code" in request.POST or answer  # what is wrong with a passkey is said there as well
    code = CodeForm(request.POST if typed else None, auto_id="second_%s")
    if not (answer or code.is_valid() or (password.is_valid() and not must)):
        return _page(request, to, password, code, status=422)
    try:
        guess = guess_at_own_password(request.user)
    except TooManyGuesses as pause:
        _refuse(password if password.is_bound else code, str(pause))
        return _page(request, to, password, code, status=429)
    how = _proven(request, password, code, answer)
    if how is None:
        word = "password.guessed-wrong" if password.is_bound else "login.code-wrong"
        audit(request, word, request.user.username)
        return _page(request, to, password, code, status=422)
    guess.was_right()
    sessions.confirm(request)
    audit(request, "login.confirmed", f"{request.user.username}: {how}")
    return confirming.resume(request) or redirect(to)


def _proven(request: Request, password: Any, code: Any, answer: str) -> str | None:
    """By what; None with the error in its form. A second factor makes the session stronger too."""
    if answer:
        try:
            passkeys.answered(request, answer, request.user)
        except passkeys.NoPasskey:
            _refuse(code, NO_PASSKEY)
            return None
        sessions.strengthen(request)
        return "passkey"
    if password.is_bound:
        if not request.user.check_password(password.cleaned_data["password"]):
            password.add_error("password", "That is not your password.")
            return None
        return "password"
    try:
        used = second_factors.use_code(request.user, code.cleaned_data["code"])
    except SecretUnreadable:
        code.add_error("code", UNREADABLE)
        return None
    if used is None:
        code.add_error("code", WRONG)
        return None
    sessions.strengthen(request)
    return "code"


def _refuse(form: Any, sentence: str) -> None:
    """With that alone: that a field was left empty says nothing when something else was sent."""
    form.errors.clear()
    form.add_error(None, sentence)


def _page(request: Request, to: str, password: Any, code: Any, status: int = 200) -> HttpResponse:
    asks_for_password = request.user.has_usable_password()
    must = sessions.owes_second_factor(request)
    if asks_for_password and not must:
        # One field has the focus: the first.
        code.fields["code"].widget.attrs.pop("autofocus", None)
    context = {
        "next": to,
        "password": password if asks_for_password else None,
        "code": code,
        "factors": second_factors.factors(request.user),
        "only_second": must,
        "waiting": confirming.is_waiting(request),
        "sso": single_sign_on.name_if_on(),
    }
    return render(request, "account/confirm.html", context, status=status)
