"""A forgotten password: asking for a link, and using it."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from generation.forms.people import ForgottenForm
from generation.people import password_reset
from generation.people.access import get_member_to_reset
from generation.people.audit import audit
from generation.people.confirming import fresh_only
from generation.people.login_limits import TooManyGuesses
from generation.people.sessions import end_all

from .http import Request, posted


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Says the same whether there is such an account or not."""
    if not password_reset.mails_resets():
        raise Http404
    form = ForgottenForm(*posted(request))
    status = 422
    if request.method == "POST" and form.is_valid():
        try:
            password_reset.ask(request, form.cleaned_data["username"])
        except TooManyGuesses:
            form.add_error(None, "Too many links were asked for. Wait five minutes and try again.")
            status = 429
        else:
            messages.success(
                request, "If we know that account, a link is on its way to its e-mail."
            )
            return redirect("login")
    context = {"form": form}
    return render(request, "account/forgotten.html", context, status=status if form.errors else 200)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def reset(request: HttpRequest, public_id: UUID, token: str) -> HttpResponse:
    user = password_reset.owner_of(public_id, token)
    if user is None:
        return render(request, "account/reset_gone.html", status=404)
    form: Any = SetPasswordForm(user, *posted(request)[:1])
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            end_all(user)
            audit(request, "password.reset", user.username)
        messages.success(request, "Your password is changed. Log in with it.")
        return redirect("login")
    return render(request, "account/reset.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_POST
@fresh_only
def make_link(request: Request, public_id: UUID) -> HttpResponse:
    member = get_member_to_reset(request.user, public_id)
    path = password_reset.path_for(member)
    link = (
        f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)
    )
    audit(request, "password.link-made", member.username)
    return render(request, "team/reset_link.html", {"nav": "team", "member": member, "link": link})
