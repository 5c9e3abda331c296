"""How much of a request's body is taken, decided before a byte of it is read."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

STRANGER = 64 * 1024
"""Bytes that anybody may send: a login, a callback of the gateway."""

MEMBER = 2_621_440
"""Bytes of a form without files."""

TEXT = 16 * 1024 * 1024
"""Bytes of the composer's fields: `payload` alone has up to 1,048,576 characters of four bytes,
and each byte takes three as a form sends it."""

PICTURE = 52 * 1024 * 1024
"""Bytes of one picture, 50 MB, and what is around it."""

TAKES_FILES = frozenset(
    {"subject-new", "subject-begin", "subject-propose", "subject-import", "reconciliation"}
    | {"tasks", "subjects", "subject"}
)
TAKES_TEXT = frozenset({"composer", "draft"})
OPEN = frozenset(
    {"callback", "login", "setup", "invitation", "forgotten", "password-reset"}
    | {"second-step", "login-passkey", "shared"}
)
"""Addresses that are nobody's in particular."""


def allowed(request: HttpRequest) -> int:
    """Bytes the body of `request` may have; asks who it is only when that matters."""
    most = _most_here(request)
    return most if most > STRANGER and request.user.is_authenticated else STRANGER


def takes_more(request: HttpRequest) -> bool:
    return _most_here(request) > STRANGER


def _most_here(request: HttpRequest) -> int:
    if request.method != "POST":
        return STRANGER
    try:
        name = resolve(request.path_info).url_name
    except Resolver404:
        return STRANGER
    if name in OPEN:
        return STRANGER
    if name in TAKES_FILES:
        return int(settings.MAX_REQUEST_BYTES)
    if name in ("uploads", "account"):
        return PICTURE
    return TEXT if name in TAKES_TEXT else MEMBER


def most_bytes(environ: dict[str, Any]) -> int:
    """`allowed`, of a request of which the web server has only the head."""
    request = WSGIRequest(environ)
    SessionMiddleware(lambda _: HttpResponse()).process_request(request)
    request.user = get_user(request)
    return allowed(request)
