"""Logging in, step by step: who has proven one factor and has a second one is asked for that."""

import time
from dataclasses import dataclass

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare

from generation.models import User

from . import sessions
from .audit import audit
from .confirming import safe_next
from .devices import remember_device
from .login_limits import remember_place
from .second_factors import has_factor

BACKEND = "generation.auth.NameOrEmailBackend"
HALF = "half-signed-in"
GOOD_FOR = 600
"""Seconds for the second step."""

PASSWORD = "password"  # noqa: S105  # a way, not a secret


@dataclass(frozen=True, slots=True)
class Half:
    """Somebody who has proven one factor, `how`, and wants to go on to `to`."""

    user: User
    how: str
    to: str


def first_step(request: HttpRequest, user: User, how: str, to: str) -> HttpResponse:
    """Logs in, or leads to the second step when there is one."""
    if not has_factor(user):
        return finish(request, user, how, to)
    request.session[HALF] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "how": how,
        "to": to,
        "at": time.time(),
    }
    return redirect("second-step")


def half(request: HttpRequest) -> Half | None:
    kept = request.session.get(HALF)
    if not kept or time.time() - kept["at"] > GOOD_FOR:
        return None
    user = User.objects.filter(pk=kept["user"], is_active=True).first()
    # A new password, or being switched off meanwhile, ends this too.
    if user is None or not constant_time_compare(kept["hash"], user.get_session_auth_hash()):
        return None
    return Half(user, kept["how"], kept["to"])


def finish(
    request: HttpRequest, user: User, how: str, to: str, *, strong: bool = False
) -> HttpResponse:
    request.session.pop(HALF, None)
    login(request, user, backend=BACKEND)
    if strong:
        sessions.strengthen(request)
    response = redirect(safe_next(request, to))
    remember_place(request, user)
    remember_device(request, response, user)
    audit(request, "login.done", user.username if how == PASSWORD else f"{user.username}: {how}")
    return response
