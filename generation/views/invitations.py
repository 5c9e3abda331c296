"""What somebody who was invited sees."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from generation.forms.team import AcceptForm
from generation.models import Invitation
from generation.people import invitations, single_sign_on
from generation.people.audit import audit

from .http import posted


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    found = invitations.find(token)
    if found is None:
        return _gone(request)
    if request.user.is_authenticated:
        return render(request, "account/invited_already.html", status=200)
    initial = {"email": found.email}
    form: Any = AcceptForm(*posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        return _accept(request, token, form, found)
    return _page(request, token, form, found)


def _page(request: HttpRequest, token: str, form: Any, found: Invitation) -> HttpResponse:
    context = {
        "form": form,
        "invitation": found,
        "token": token,
        "sso": single_sign_on.name_if_on(),
    }
    return render(request, "account/invitation.html", context, status=422 if form.errors else 200)


def _accept(request: HttpRequest, token: str, form: AcceptForm, found: Invitation) -> HttpResponse:
    try:
        user = invitations.accept(token, form.save_for)
    except invitations.InvitationGone:
        return _gone(request)
    except IntegrityError:
        form.add_error("username", "Somebody has just taken this name or e-mail. Choose another.")
        return _page(request, token, form, found)
    login(request, user, backend="generation.auth.NameOrEmailBackend")
    audit(request, "invitation.accepted", f"{found} as {found.role}")
    messages.success(request, "Welcome to the team.")
    return redirect("studio")


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "account/invitation_gone.html", status=404)
