"""What must not happen by a browser that was left open: it asks for the password again.

A form that was sent meanwhile is kept, encrypted, and done once the password was right.
"""

import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, cast
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from generation.models import User
from generation.models.secrets import SecretUnreadable, decrypt, encrypt

from .sessions import is_fresh

P = ParamSpec("P")
KEPT = "confirm-first"
KEPT_FOR = 900
"""Seconds."""

MOST = 64 * 1024
"""Characters of a form that is kept; a longer one is filled in again."""


def fresh_only(view: Callable[P, HttpResponseBase]) -> Callable[P, HttpResponseBase]:
    """For views: asks for password or second factor when the login is a while ago."""

    @wraps(view)
    def asking(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        asked = ask_first(cast(HttpRequest, args[0]))
        return view(*args, **kwargs) if asked is None else asked

    return asking


def fresh_to_change(view: Callable[P, HttpResponseBase]) -> Callable[P, HttpResponseBase]:
    """As `fresh_only`, for views that only show something on GET."""

    @wraps(view)
    def asking(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        request = cast(HttpRequest, args[0])
        asked = ask_first(request) if request.method == "POST" else None
        return view(*args, **kwargs) if asked is None else asked

    return asking


def ask_first(request: HttpRequest) -> HttpResponse | None:
    """The way to the question; None when nobody needs to be asked."""
    if is_fresh(request):
        return None
    if request.method == "POST" and not getattr(request, "htmx", False):
        _keep(request)
    return redirect(f"{reverse('confirm')}?{urlencode({'next': _page(request)})}")


def resume(request: HttpRequest) -> HttpResponseBase | None:
    """Does what was kept, as if it were sent now; None when nothing was."""
    sealed = request.session.pop(KEPT, None)
    try:
        kept = json.loads(decrypt(sealed or "", _owner(request)))
    except SecretUnreadable:
        return None
    if time.time() - kept["at"] > KEPT_FOR:
        return None
    again: Any = request
    # Single sign-on comes back by GET.
    again.method = "POST"
    again.path = again.path_info = kept["path"]
    again.META["QUERY_STRING"] = kept["query"]
    again.GET, again.POST = QueryDict(kept["query"]), QueryDict(kept["form"])
    again.resolver_match = match = resolve(kept["path"])
    answer: HttpResponseBase = match.func(again, *match.args, **match.kwargs)
    if match.app_name == "admin" and answer.status_code == 200:
        # Its forms post to the address of their page, which this one is not.
        messages.error(request, "That was refused. Enter it again, please.")
        return redirect(kept["path"])
    return answer


def is_waiting(request: HttpRequest) -> bool:
    """Whether a form is kept that goes on by itself."""
    return KEPT in request.session


def forget(request: HttpRequest) -> None:
    request.session.pop(KEPT, None)


def safe_next(request: HttpRequest, given: str) -> str:
    """Where to go on, on this host alone."""
    good = url_has_allowed_host_and_scheme(given, {request.get_host()}, request.is_secure())
    return given if good and given.startswith("/") else reverse("studio")


def _page(request: HttpRequest) -> str:
    """The page from which it was asked for: what is downloaded is no page to come back to."""
    try:
        came_from = urlsplit(request.META.get("HTTP_REFERER", ""))
    except ValueError:  # no address at all, such as http://[::1
        return request.get_full_path()
    if came_from.netloc == request.get_host() and came_from.path != reverse("confirm"):
        return f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path
    return request.get_full_path()


def _keep(request: HttpRequest) -> None:
    form = request.POST.urlencode()
    if len(form) > MOST or request.FILES:
        return
    kept = {
        "path": request.path,
        "query": request.META.get("QUERY_STRING", ""),
        "form": form,
        "at": time.time(),
    }
    request.session[KEPT] = encrypt(json.dumps(kept), _owner(request))


def _owner(request: HttpRequest) -> str:
    return f"confirm:{cast(User, request.user).pk}"
