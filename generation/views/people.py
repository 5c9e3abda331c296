"""Login, the first admin, the own account."""

import logging
from typing import Any

from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth import logout as end_session
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from generation import first_run
from generation.forms.people import LoginForm, NewPasswordForm, ProfileForm, SetupForm
from generation.models import Counter, CounterName
from generation.people import access, sessions, single_sign_on
from generation.people.audit import audit, audit_hourly
from generation.people.login_limits import (
    Guess,
    TooManyGuesses,
    guess_at_login,
    guess_at_own_password,
)
from generation.people.password_reset import mails_resets
from generation.people.sign_in import PASSWORD, first_step

from .http import Request, posted

logger = logging.getLogger(__name__)


class Login(LoginView):
    """Django's login; a password is looked at when its guess was counted, and not before."""

    template_name = "account/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True
    guess: Guess | None = None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "mails_resets": mails_resets(),
            "sso": single_sign_on.name_if_on(),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name = request.POST.get("username", "")[:300]
        if name.strip() and request.POST.get("password"):
            try:
                self.guess = guess_at_login(request, name)
            except TooManyGuesses as pause:
                return self._refuse(name, pause)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        if self.guess:
            self.guess.was_right()
        return first_step(self.request, form.get_user(), PASSWORD, self.get_success_url())

    def form_invalid(self, form: Any) -> HttpResponse:
        if self.guess:
            # Not what was typed: it may be a password in the wrong field.
            named = self.guess.user.username if self.guess.user else "a name that nobody has"
            audit(self.request, "login.failed", named)
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def _refuse(self, name: str, pause: TooManyGuesses) -> HttpResponse:
        form = LoginForm(self.request, {"username": name})
        _say_only(form, None, pause)
        audit_hourly(self.request, "login.paused", "too many wrong passwords")
        response = self.render_to_response(self.get_context_data(form=form), status=429)
        response["Retry-After"] = str(pause.seconds)
        return response


@require_POST
def logout(request: Request) -> HttpResponse:
    if request.user.is_authenticated:
        audit(request, "login.ended", request.user.username)
    end_session(request)
    return redirect("login")


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    if not first_run.needs_setup():
        raise Http404
    given = request.POST.get("token") or request.GET.get("token", "")
    form = SetupForm(*posted(request), initial={"token": given})
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            # One row to queue at, so that two first admins cannot be made side by side.
            Counter.objects.select_for_update().get_or_create(name=CounterName.SETUP)
            if not first_run.needs_setup():
                raise Http404
            user = form.save()
        first_run.forget_token()
        login(request, user, backend="generation.auth.NameOrEmailBackend")
        audit(request, "person.first-admin", user.username)
        messages.success(request, "Welcome. You are the first admin.")
        return redirect("studio")
    if form.errors and not first_run.needs_setup():
        # Somebody else was quicker, and their link is used up.
        raise Http404
    context = {"form": form, "token_ok": first_run.token_is_right(given)}
    return render(request, "account/setup.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def account(request: Request) -> HttpResponse:
    if "profile" in request.POST:
        return _save_profile(request)
    form, status = _password_form(request)
    if request.method == "POST" and form.is_valid():
        before = request.session.session_key
        update_session_auth_hash(request, form.save())
        sessions.renamed(request, before)
        sessions.end_others(request, request.user)
        audit(request, "password.changed", request.user.username)
        messages.success(request, "Your password is changed. Other devices are logged out.")
        return redirect("account")
    return _account_page(request, ProfileForm(instance=request.user), form, status)


def _save_profile(request: Request) -> HttpResponse:
    # A copy: a refused form must not change how this very page is shown.
    profile = ProfileForm(request.POST, request.FILES, instance=access.get_myself(request.user))
    if profile.is_valid() and _saved(profile):
        messages.success(request, "Your profile is saved.")
        return redirect("account")
    return _account_page(request, profile, NewPasswordForm(request.user), 422)


def _saved(profile: ProfileForm) -> bool:
    try:
        profile.save()
    except OSError:
        logger.exception("a picture could not be stored")
        profile.add_error("picture", "It could not be stored. Tell an admin, and try again later.")
        return False
    return True


def _account_page(request: Request, profile: Any, form: Any, status: int) -> HttpResponse:
    context = {"nav": "account", "profile": profile, "form": form}
    return render(request, "account/account.html", context, status=status)


def _password_form(request: Request) -> tuple[Any, int]:
    form: Any = NewPasswordForm(request.user, *posted(request))
    if not request.POST.get("old_password"):
        return form, 422 if form.errors else 200
    try:
        guess = guess_at_own_password(request.user)
    except TooManyGuesses as pause:
        form = NewPasswordForm(request.user, {})
        _say_only(form, "old_password", pause)
        return form, 429
    if "old_password" in form.errors:
        audit(request, "password.guessed-wrong", request.user.username)
    else:
        guess.was_right()
    return form, 422


def _say_only(form: Any, field: str | None, problem: Exception) -> None:
    """In place of all other errors, as what was sent was not looked at."""
    form.errors.clear()
    form.add_error(field, str(problem))
