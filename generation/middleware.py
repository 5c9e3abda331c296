"""Small guards around every request."""

import logging
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.views import redirect_to_login
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from generation.bodies import STRANGER, allowed, takes_more
from generation.first_run import needs_setup
from generation.monitoring.probe import Probe
from generation.people import sessions
from generation.people.access import must_have_second_factor
from generation.people.audit import audit
from generation.people.presence import note_seen
from generation.people.second_factors import has_factor
from generation.presenters.addresses import address
from generation.schema import mismatch

logger = logging.getLogger(__name__)
Handler = Callable[[HttpRequest], HttpResponseBase]


HEALTH = frozenset({"/healthz", "/healthz/"})
READY = frozenset({"/readyz", "/readyz/"})


def served_name() -> str:
    """A host name under which Django lets itself be asked."""
    name = next(iter(settings.ALLOWED_HOSTS), "*")
    return "localhost" if name == "*" else str(name).removeprefix(".")


def answer_health(get_response: Handler) -> Handler:
    """`/healthz`: the process answers; it and `/readyz` whatever host a load balancer asks for."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path in HEALTH:
            return HttpResponse("ok", content_type="text/plain")
        if request.path in READY:
            request.META["HTTP_HOST"] = served_name()
        return get_response(request)

    return middleware


def _look_at_schema() -> str:
    try:
        why = mismatch()
        if why:
            logger.error("%s", why)
        return why
    finally:
        connection.close()


# In a thread and now and then: no request pays for it, and a silent database is others' to tell.
schema = Probe(_look_at_schema, otherwise="", within=2.0, kept=10.0)


def require_our_schema(get_response: Handler) -> Handler:
    """503 with a sentence while the database belongs to an older or newer version of this code."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        why = "" if request.path in READY else schema.answer()
        if not why:
            return get_response(request)
        response = HttpResponse(f"{why}\n", content_type="text/plain", status=503)
        response["Cache-Control"] = "no-store"
        return response

    return middleware


WORTH_COMPRESSING = 1024
"""Bytes; below, a page fits into one packet with or without."""


def compress_pages(get_response: Handler) -> Handler:
    """Compresses HTML, for clients that take it; streams and files pass as they are.

    The length of a compressed page may tell what a secret in it has in common with what somebody
    else made us repeat in it (BREACH). So Django adds some random bytes to each, and masks the
    CSRF token, the only secret our pages hold, anew each time.
    """
    compressor = GZipMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not isinstance(response, HttpResponse) or len(response.content) < WORTH_COMPRESSING:
            return response
        if response.headers.get("Content-Type", "").partition(";")[0].strip() != "text/html":
            return response
        return compressor.process_response(request, response)

    return middleware


def keep_out_of_caches(get_response: Handler) -> Handler:
    """`private, no-store` on every page that says nothing else: no proxy and no disk keeps it.

    Files say themselves how long they may be kept.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


def refuse_oversized_bodies(get_response: Handler) -> Handler:
    """413 before a byte of the body is read; how much is taken depends on who sends it where.

    Behind the sessions, for it asks who it is, and before any view, for it must be the first
    that wants the body.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return HttpResponse("Bad Content-Length.", status=400, content_type="text/plain")
        if length <= STRANGER or length <= allowed(request):
            return get_response(request)
        if request.user.is_authenticated:
            return render(request, "errors/413.html", status=413)
        if takes_more(request):
            # An upload of somebody whose session is over.
            return redirect_to_login(request.get_full_path())
        return HttpResponse("Too large.", status=413, content_type="text/plain")

    return middleware


def refuse_nul(get_response: Handler) -> Handler:
    """400 for an address with a NUL: no text has one, and PostgreSQL takes none.

    Forms refuse it in their fields, beside which they can say so.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if "%00" in request.META.get("QUERY_STRING", "") or "\0" in request.path:
            return render(request, "errors/400.html", status=400)
        return get_response(request)

    return middleware


def note_presence(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.user.is_authenticated:
            note_seen(request.user)
        return response

    return middleware


BY_ITSELF = "X-By-Itself"


def watch_sessions(get_response: Handler) -> Handler:
    """Ends a session in which nobody has done anything for too long.

    What a page asks by itself is nothing that somebody does: polling.js says so with the request.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if SESSION_KEY in request.session and request.user.is_authenticated:
            if sessions.is_over(request):
                audit(request, "login.idle", request.user.username)
                logout(request)
            elif BY_ITSELF not in request.headers:
                sessions.note_activity(request)
        return get_response(request)

    return middleware


OPEN_WITHOUT = ("/logout/", "/login/", "/account/confirm/")
SECURITY = "/account/security/"


def lead_to_second_factor(get_response: Handler) -> Handler:
    """Whoever must have a second factor sees nothing but its set-up until they have one."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if not user.is_authenticated or not must_have_second_factor(user):
            return get_response(request)
        if sessions.is_strong(request) or request.path.startswith(OPEN_WITHOUT):
            return get_response(request)
        if has_factor(user):
            # A session of before: it must not set up another one either.
            return redirect(f"{reverse('confirm')}?{urlencode({'next': request.get_full_path()})}")
        if request.path.startswith(SECURITY):
            return get_response(request)
        return redirect("security")

    return middleware


def _page_looked_at(request: HttpRequest, told: str) -> str:
    """The page that a fragment was asked for by, with its filters; of this site alone."""
    if not url_has_allowed_host_and_scheme(told, {request.get_host()}):
        return "/"
    page = urlsplit(told)
    return urlunsplit(("", "", page.path or "/", page.query, ""))


def redirect_htmx_to_doors(get_response: Handler) -> Handler:
    """A fragment request that has to log in, confirm or set up first takes the whole page there.

    A plain redirect would put the login page into a card.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        htmx = getattr(request, "htmx", None)
        if not htmx or response.status_code != 302:
            return response
        path = urlsplit(response.headers.get("Location", "")).path
        doors = {reverse(name) for name in (settings.LOGIN_URL, "confirm", "security")}
        if path not in doors:
            return response
        back = _page_looked_at(request, htmx.current_url or "")
        answer = HttpResponseClientRedirect(f"{path}?{urlencode({'next': back})}")
        answer.status_code = 204
        return answer

    return middleware


def send_to_first_run(get_response: Handler) -> Handler:
    """While nobody exists, pages that ask for a login lead to the set-up instead."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        login = address("login")
        location = response.headers.get("Location", "")
        to_login = response.status_code == 302 and urlsplit(location).path == login
        at_login = request.path == login and request.method == "GET"
        if (to_login or at_login) and needs_setup():
            return redirect("setup")
        return response

    return middleware
