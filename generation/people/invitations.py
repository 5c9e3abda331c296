"""Inviting people: a link that makes one account, and then is nothing any more."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from generation.models import Invitation, Role, User
from generation.models.invitation import InvitationQuerySet

DAYS = (1, 3, 7, 14, 30)
USUAL_DAYS = 7


class InvitationGone(Exception):
    """It was accepted or withdrawn, its time is over, or there never was one."""


def invite(
    by: User,
    *,
    label: str = "",
    email: str = "",
    role: str = Role.MEMBER,
    monthly_budget: Decimal | None = None,
    days: int = USUAL_DAYS,
) -> tuple[Invitation, str]:
    """The invitation and its token, which is kept nowhere: who needs it again gets another."""
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        label=label,
        email=email,
        role=role,
        monthly_budget=monthly_budget,
        token_hash=hash_of(token),
        invited_by=by,
        expires_at=timezone.now() + timedelta(days=days),
    )
    return invitation, token


def renew(invitation: Invitation, days: int = USUAL_DAYS) -> str:
    """Another token, good from now on; the earlier link ends. Raises InvitationGone."""
    token = secrets.token_urlsafe(32)
    renewed = _same(invitation).update(
        token_hash=hash_of(token), expires_at=timezone.now() + timedelta(days=days), sent_at=None
    )
    if not renewed:
        raise InvitationGone
    invitation.refresh_from_db()
    return token


def withdraw(invitation: Invitation) -> bool:
    """Whether the link has worked until now; an accepted one stays accepted."""
    return bool(_same(invitation).update(revoked_at=timezone.now()))


def withdraw_all_of(inviter: User) -> int:
    """For somebody who may no longer invite; how many invitations that ends."""
    open_ones = Invitation.objects.unused().filter(invited_by=inviter)
    return open_ones.update(revoked_at=timezone.now())


def find(token: str) -> Invitation | None:
    return Invitation.objects.open().filter(token_hash=hash_of(token)).first()


def accept(token: str, make_user: Callable[[Invitation], User]) -> User:
    """The account that `make_user` saves, with the invitation's role and budget.

    However many press at once, one account is made: the others get InvitationGone. What
    `make_user` raises leaves the invitation as it was.
    """
    with transaction.atomic():
        taken = Invitation.objects.open().filter(token_hash=hash_of(token))
        # Whoever comes second waits here for the first, and then finds it taken.
        if not taken.update(accepted_at=timezone.now()):
            raise InvitationGone
        invitation = Invitation.objects.get(token_hash=hash_of(token))
        user = make_user(invitation)
        invitation.accepted_by = user
        invitation.save(update_fields=["accepted_by"])
    return user


def hash_of(token: str) -> str:
    """A plain hash is enough: nobody guesses 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def _same(invitation: Invitation) -> InvitationQuerySet:
    return Invitation.objects.unused().filter(pk=invitation.pk)
