"""Small guards around every request."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from generation.first_run import needs_setup

Handler = Callable[[HttpRequest], HttpResponseBase]


HEALTH = frozenset({"/healthz", "/healthz/"})


def answer_health(get_response: Handler) -> Handler:
    """`/healthz`: the process answers, whatever host name a load balancer asks with."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path in HEALTH:
            return HttpResponse("ok", content_type="text/plain")
        return get_response(request)

    return middleware


def refuse_oversized_bodies(get_response: Handler) -> Handler:
    """413 before a byte of the body is read."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return HttpResponse("Bad Content-Length.", status=400, content_type="text/plain")
        if length > settings.MAX_REQUEST_BYTES:
            return render(request, "errors/413.html", status=413)
        return get_response(request)

    return middleware


def redirect_htmx_to_login(get_response: Handler) -> Handler:
    """A fragment request of an expired session makes the whole page go to the login.

    A plain redirect would put the login page into a card.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        htmx = getattr(request, "htmx", None)
        login = reverse(settings.LOGIN_URL)
        location = response.headers.get("Location", "")
        if not htmx or response.status_code != 302 or urlsplit(location).path != login:
            return response
        back = urlsplit(htmx.current_url or "").path or "/"
        answer = HttpResponseClientRedirect(f"{login}?{urlencode({'next': back})}")
        answer.status_code = 204
        return answer

    return middleware


def send_to_first_run(get_response: Handler) -> Handler:
    """While nobody exists, pages that ask for a login lead to the set-up instead."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        location = response.headers.get("Location", "")
        to_login = response.status_code == 302 and urlsplit(location).path == reverse("login")
        at_login = request.path == reverse("login") and request.method == "GET"
        if (to_login or at_login) and needs_setup():
            return redirect("setup")
        return response

    return middleware
