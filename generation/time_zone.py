"""Times in the zone that the member has chosen, else in the browser's, which the page's script tells
by a cookie (static/js/theme.js)."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

COOKIE = "tz"


def use_members_zone(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """UTC until the cookie is there, and when it names no zone."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        chosen = getattr(request.user, "time_zone", "")
        zone = zone_of(chosen or request.COOKIES.get(COOKIE, ""))
        if zone is None:
            return get_response(request)
        with timezone.override(zone):
            return get_response(request)

    return middleware


def zone_of(name: str) -> ZoneInfo | None:
    """None for a name that is none."""
    try:
        return ZoneInfo(name) if 0 < len(name) <= 64 else None
    except (ValueError, OSError, LookupError):  # ZoneInfoNotFoundError is a KeyError
        return None
