"""Single sign-on: who the issuer says it is, is a member by a verified e-mail, or was invited."""

import hmac
import secrets
import time
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from generation.models import Invitation, Role, User
from generation.models.login_name import folded
from generation.models.secrets import SecretUnreadable, decrypt, encrypt

from . import confirming, invitations, sessions
from .audit import audit, audit_hourly
from .sign_in import finish, first_step

HOW = "single sign-on"
SEALED_FOR = "single-sign-on-invitation"
RECENT = 300
"""Seconds since the issuer has asked for a password, when it was to ask."""


class Refused(Exception):
    """The text is for the page, `why` for the audit log."""

    def __init__(self, sentence: str, why: str) -> None:
        super().__init__(sentence)
        self.why = why


def is_on() -> bool:
    return bool(settings.OIDC_ISSUER)


def name_if_on() -> str:
    """What a page calls it; "" when there is none."""
    return settings.OIDC_NAME if is_on() else ""


def state_for(to: str, *, confirming: bool = False, invitation: str = "") -> dict[str, Any]:
    """What is kept here until the browser comes back from the issuer."""
    return {
        "to": to,
        "nonce": secrets.token_urlsafe(24),
        "confirming": confirming,
        "invitation": encrypt(invitation, SEALED_FOR) if invitation else "",
    }


def arrived(request: HttpRequest, sociallogin: Any) -> HttpResponse:
    """What follows on an answer whose signature was checked."""
    claims: dict[str, Any] = sociallogin.account.extra_data["id_token"]
    state: dict[str, Any] = sociallogin.state
    try:
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), state["nonce"].encode()):
            raise Refused("That did not work. Try again.", "an answer to another question")
        if state["confirming"]:
            return _confirm(request, claims, state["to"])
        user = _member(claims) or _invited(request, claims, state["invitation"])
    except Refused as refused:
        return _refuse(request, str(refused), refused.why)
    if _had_two(claims):
        return finish(request, user, f"{HOW} with two factors", state["to"], strong=True)
    return first_step(request, user, HOW, state["to"])


def failed(request: HttpRequest, why: str = "the issuer's answer was no good") -> HttpResponse:
    return _refuse(request, "That did not work. Try again, or log in with your password.", why)


def unlink(user: User) -> bool:
    """Whoever the issuer sends next with that e-mail is linked anew."""
    return bool(SocialAccount.objects.filter(user=user).delete()[0])


def _refuse(request: HttpRequest, sentence: str, why: str) -> HttpResponse:
    audit_hourly(request, "login.sso-refused", why)
    messages.error(request, sentence)
    return redirect("confirm" if request.user.is_authenticated else "login")


def _confirm(request: HttpRequest, claims: dict[str, Any], to: str) -> HttpResponse:
    linked = SocialAccount.objects.filter(user_id=request.user.pk, **_identity(claims))
    if not request.user.is_authenticated or not linked.exists():
        raise Refused("That was another account than yours here.", "confirmed by another account")
    if time.time() - float(claims.get("auth_time") or 0) > RECENT:
        raise Refused("Your provider did not ask for your password.", "confirmed by an old login")
    if _had_two(claims):
        sessions.strengthen(request)
    elif sessions.owes_second_factor(request):
        raise Refused("Prove your second factor.", "confirmed without the second factor")
    sessions.confirm(request)
    audit(request, "login.confirmed", f"{request.user.username}: {HOW}")
    answer: Any = confirming.resume(request) or redirect(confirming.safe_next(request, to))
    return answer


def _member(claims: dict[str, Any]) -> User | None:
    """Raises Refused for one who may not come in; None when nobody is meant."""
    email = _email(claims)
    linked = SocialAccount.objects.filter(**_identity(claims)).select_related("user").first()
    user = linked.user if linked else User.objects.filter(folded_email=folded(email)).first()
    if user is None:
        return None
    if not user.is_active:
        raise Refused(NOBODY, f"{user.username} is switched off")
    if linked is None:
        _link(user, claims)
    return user


def _link(user: User, claims: dict[str, Any]) -> None:
    """From now on the issuer's own number counts: an e-mail that went to somebody else does not."""
    identity = _identity(claims)
    others = SocialAccount.objects.filter(user=user, provider=identity["provider"])
    if others.exists():
        raise Refused(NOBODY, f"{user.username} is linked with another account of the issuer")
    try:
        with transaction.atomic():
            SocialAccount.objects.create(user=user, **identity)
    except IntegrityError:
        raise Refused("That did not work. Try again.", "two answers at once") from None


def _invited(request: HttpRequest, claims: dict[str, Any], sealed: str) -> User:
    email = _email(claims)
    try:
        token = decrypt(sealed, SEALED_FOR)
    except SecretUnreadable:
        raise Refused(NOBODY, f"nobody here has {email}"[:100]) from None
    try:
        with transaction.atomic():
            user = invitations.accept(token, lambda found: _account(found, email, claims))
            _link(user, claims)
    except invitations.InvitationGone:
        raise Refused(
            "That invitation is not open any more.", "an invitation that is over"
        ) from None
    except IntegrityError:
        raise Refused("That did not work. Try again.", "a name that was taken meanwhile") from None
    audit(request, "invitation.accepted", f"{user.username} by {HOW}")
    return user


def _account(invitation: Invitation, email: str, claims: dict[str, Any]) -> User:
    if invitation.email and folded(invitation.email) != folded(email):
        raise Refused("That invitation is for another e-mail address.", "another's invitation")
    user = User(
        username=_free_name(str(claims.get("preferred_username") or email)),
        email=email,
        first_name=str(claims.get("name") or "")[:150],
        is_staff=invitation.role == Role.ADMIN,
        monthly_budget=invitation.monthly_budget,
    )
    user.set_unusable_password()
    user.save()
    return user


def _free_name(wanted: str) -> str:
    kept = "".join(c for c in wanted.partition("@")[0] if c.isalnum() or c in ".-_")[:100]
    base = kept or "member"
    names = (base, *(f"{base}{number}" for number in range(2, 1000)))
    return next(name for name in names if User.objects.called(name) is None)


def _email(claims: dict[str, Any]) -> str:
    """Verified, and of a domain that the setting allows; raises Refused."""
    email = str(claims.get("email") or "")
    if "@" not in email or "\0" in email or claims.get("email_verified") not in (True, "true"):
        raise Refused(
            "Your provider does not say that your e-mail address is verified.",
            "an e-mail that is not verified",
        )
    domain = email.rpartition("@")[2].lower()
    if settings.OIDC_DOMAINS and domain not in settings.OIDC_DOMAINS:
        raise Refused(NOBODY, f"the domain {domain}"[:100])
    return email


def _identity(claims: dict[str, Any]) -> dict[str, str]:
    return {"provider": settings.OIDC_ID, "uid": str(claims["sub"])}


def _had_two(claims: dict[str, Any]) -> bool:
    """Whether the issuer has asked for a second factor itself."""
    return "mfa" in _listed(claims.get("amr"))


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


NOBODY = "Nobody in this team has that account. Ask an admin to invite you."
