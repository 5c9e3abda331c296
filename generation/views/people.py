"""Login, the first admin, the own account."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView
from django.core.cache import cache
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from generation import first_run
from generation.forms.people import LoginForm, SetupForm
from generation.models import Counter, CounterName

from .http import Request, posted

FAILURES_ALLOWED = 5
LOCKED_FOR = 300
"""Seconds; counted by name and by address, so that one colleague cannot lock out another."""


class Login(LoginView):
    """Django's login, with a pause after five wrong passwords."""

    template_name = "account/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = self._key()
        if int(cache.get(key, 0)) >= FAILURES_ALLOWED:
            form = self.get_form()
            form.errors.clear()
            form.add_error(None, "Too many wrong passwords. Wait five minutes and try again.")
            return self.render_to_response(self.get_context_data(form=form), status=429)
        response = super().post(request, *args, **kwargs)
        if response.status_code == 302:
            cache.delete(key)
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        key = self._key()
        cache.set(key, int(cache.get(key, 0)) + 1, LOCKED_FOR)
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def _key(self) -> str:
        name = self.request.POST.get("username", "").strip().lower()[:100]
        return f"login:{self.request.META.get('REMOTE_ADDR')}:{name.encode().hex()}"


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """Makes the first admin; gone for good once anybody exists."""
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
        messages.success(request, "Welcome. You are the first admin.")
        return redirect("studio")
    context = {"form": form, "token_ok": first_run.token_is_right(given)}
    return render(request, "account/setup.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def account(request: Request) -> HttpResponse:
    """The own password; other sessions of the user end with a change."""
    form: Any = PasswordChangeForm(request.user, *posted(request))
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, "Your password is changed. Other devices are logged out.")
        return redirect("account")
    context = {"nav": "account", "form": form}
    return render(request, "account/account.html", context, status=422 if form.errors else 200)
