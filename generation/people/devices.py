"""Browsers that have logged in before: a signed cookie says for whom."""

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from generation.models import User

SALT = "generation.people.devices"
KEPT_FOR = 365 * 24 * 3600
"""Seconds."""

MOST_PEOPLE = 8
"""Accounts that one browser remembers; the cookie stays small."""


def device_of(request: HttpRequest, user: User) -> str:
    return str(_read(request).get(user.public_id.hex, ""))


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    known = _read(request)
    name = known.pop(user.public_id.hex, None) or secrets.token_hex(8)
    newest = {user.public_id.hex: name, **known}
    kept = dict(list(newest.items())[:MOST_PEOPLE])
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps(kept, salt=SALT, compress=True),
        max_age=KEPT_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        text = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
        known = signing.loads(text, salt=SALT, max_age=KEPT_FOR)
    except signing.BadSignature:
        return {}
    return known if isinstance(known, dict) else {}
