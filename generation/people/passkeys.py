"""Passkeys: the browser proves that it holds a key of this address, after finger, face or PIN."""

import json
import time
from typing import Any

from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from fido2.webauthn import AuthenticatorData

from generation.models import User

MOST = 10
"""Passkeys of one member."""

ASKED_AT = "passkey-asked-at"
GOOD_FOR = 300
"""Seconds within which the browser answers."""


class NoPasskey(Exception):
    """The answer proves nothing."""


def registration(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the browser is asked for, to make one."""
    request.session[ASKED_AT] = time.time()
    with context.request_context(request):
        return auth.begin_registration(user, passwordless=True)


def register(request: HttpRequest, user: User, name: str, answer: str) -> Authenticator:
    """Raises NoPasskey."""
    credential = _read(request, answer)
    with context.request_context(request):
        try:
            auth.parse_registration_response(credential)
            made: AuthenticatorData = auth.complete_registration(credential)
        except (ValidationError, ValueError, TypeError, KeyError):
            raise NoPasskey from None
        if made.credential_data is None or not made.is_user_verified():
            raise NoPasskey
        return auth.WebAuthn.add(user, name, credential).instance


def question(request: HttpRequest, user: User | None) -> dict[str, Any]:
    """What the browser is asked for: one of `user`, or of whoever it knows here."""
    request.session[ASKED_AT] = time.time()
    with context.request_context(request):
        return auth.begin_authentication(user)


def answered(request: HttpRequest, answer: str, user: User | None = None) -> User:
    """Whose passkey it is, that of `user` if given; raises NoPasskey."""
    credential = _read(request, answer)
    with context.request_context(request):
        try:
            auth.parse_authentication_response(credential)
            found = user or auth.extract_user_from_response(credential)
            row = auth.complete_authentication(found, credential)
        except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
            raise NoPasskey from None
    Authenticator.objects.filter(pk=row.pk).update(last_used_at=timezone.now())
    return User.objects.get(pk=row.user_id)


def has_room(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type="webauthn").count() < MOST


def _read(request: HttpRequest, answer: str) -> dict[str, Any]:
    if time.time() - request.session.pop(ASKED_AT, 0) > GOOD_FOR:
        auth_state_gone(request)
        raise NoPasskey
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        raise NoPasskey from None
    if not isinstance(found, dict):
        raise NoPasskey
    return found


def auth_state_gone(request: HttpRequest) -> None:
    request.session.pop(auth.STATE_SESSION_KEY, None)
