"""Where somebody is logged in: the list of it, how it ends, and since when nothing was done there."""

import time
from dataclasses import dataclass
from typing import Any, cast

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from generation.models import User

from .client_address import client_address
from .second_factors import has_factor

ACTIVE_AT = "active_at"
CONFIRMED_AT = "confirmed_at"
STRONG = "second_factor"
NOTED_EVERY = 60
"""Seconds: an idle limit is that exact."""

UNKNOWN = "0.0.0.0"  # noqa: S104  # an address that is none


@dataclass(frozen=True, slots=True)
class Place:
    row: UserSession
    is_current: bool


def began(*, request: HttpRequest, user: User, **_: Any) -> None:
    """At every login, whichever way it came: Django tells of each, and no way in is forgotten."""
    now = time.time()
    request.session[ACTIVE_AT] = request.session[CONFIRMED_AT] = now
    request.session.pop(STRONG, None)
    if request.session.session_key:
        UserSession.objects.create(user=user, **_facts(request))


def is_over(request: HttpRequest) -> bool:
    """Whether nobody has done anything in this session for longer than the setting allows."""
    limit = settings.IDLE_MINUTES * 60
    active_at = request.session.get(ACTIVE_AT)
    return bool(limit and active_at and time.time() - active_at > limit)


def note_activity(request: HttpRequest) -> None:
    """Writes once a minute at most."""
    now = time.time()
    if now - request.session.get(ACTIVE_AT, 0) < NOTED_EVERY:
        return
    # One of before there was a list has no row in it yet.
    UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={"user_id": request.user.pk, "last_seen_at": timezone.now(), **_facts(request)},
    )
    request.session[ACTIVE_AT] = now


def is_fresh(request: HttpRequest) -> bool:
    limit = settings.CONFIRM_MINUTES * 60
    return not limit or time.time() - request.session.get(CONFIRMED_AT, 0) < limit


def confirm(request: HttpRequest) -> None:
    request.session[CONFIRMED_AT] = time.time()


def is_strong(request: HttpRequest) -> bool:
    """Whether a second factor was proven in this session."""
    return bool(request.session.get(STRONG))


def owes_second_factor(request: HttpRequest) -> bool:
    """Whoever has a second factor proves that, in a session of before they had it."""
    return not is_strong(request) and has_factor(cast(User, request.user))


def strengthen(request: HttpRequest) -> None:
    request.session[STRONG] = True


def weaken(request: HttpRequest) -> None:
    """Their last second factor is gone."""
    request.session.pop(STRONG, None)


def places(request: HttpRequest, user: User) -> list[Place]:
    """Those that would still be let in, the present one first; two queries, however many."""
    rows = {row.session_key: row for row in UserSession.objects.filter(user=user)}
    alive = Session.objects.filter(pk__in=rows, expire_date__gt=timezone.now())
    good = [rows[session.pk] for session in alive if _opens(session, user)]
    here = request.session.session_key
    good.sort(key=lambda row: (row.session_key == here, row.last_seen_at), reverse=True)
    return [Place(row, row.session_key == here) for row in good]


def end_one(user: User, pk: int) -> bool:
    row = UserSession.objects.filter(user=user, pk=pk).first()
    if row is None:
        return False
    _end([row])
    return True


def end_others(request: HttpRequest, user: User) -> int:
    here = request.session.session_key
    return _end(list(UserSession.objects.filter(user=user).exclude(session_key=here)))


def end_all(user: User) -> int:
    return _end(list(UserSession.objects.filter(user=user)))


def renamed(request: HttpRequest, before: str | None) -> None:
    """The present session has another key now: its row goes on."""
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)


def sweep() -> None:
    """Rows of sessions that are gone."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("pk")).delete()


def _end(rows: list[UserSession]) -> int:
    Session.objects.filter(pk__in=[row.session_key for row in rows]).delete()
    return int(UserSession.objects.filter(pk__in=[row.pk for row in rows]).delete()[0])


def _opens(session: Session, user: User) -> bool:
    data = session.get_decoded()
    return data.get(SESSION_KEY) == str(user.pk) and constant_time_compare(
        data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
    )


def _facts(request: HttpRequest) -> dict[str, Any]:
    return {
        "session_key": request.session.session_key,
        "ip": client_address(request) or UNKNOWN,
        "user_agent": request.META.get("HTTP_USER_AGENT", "")[:200].replace("\0", ""),
    }
