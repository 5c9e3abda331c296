"""People: what they may open of each other and of what admins run."""

from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from generation.models import Invitation, Notice, User, Webhook

from .owning import is_admin, require_admin


def must_have_second_factor(user: User) -> bool:
    required = settings.MFA_REQUIRED
    return bool(required == "all" or (required == "admins" and is_admin(user)))


def get_myself(user: User) -> User:
    """A row of their own to change: that of the request stays as the page is shown with it."""
    return User.objects.get(pk=user.pk)


def get_member(user: User, public_id: UUID) -> User:
    require_admin(user)
    return get_object_or_404(User, public_id=public_id)


def get_pictured(public_id: UUID) -> User:
    """Whose picture every member sees; 404 for one who has none."""
    return get_object_or_404(User.objects.exclude(picture=""), public_id=public_id)


def get_member_to_reset(user: User, public_id: UUID) -> User:
    """Whose password an admin may have set anew: not that of who may do more than they."""
    found = get_member(user, public_id)
    if not may_reset(user, found):
        raise Http404
    return found


def may_reset(user: User, member: User) -> bool:
    return member.is_active and (user.is_superuser or not member.is_superuser)


def get_invitation(user: User, pk: UUID) -> Invitation:
    require_admin(user)
    return get_object_or_404(Invitation.objects.unused(), pk=pk)


def get_webhook(user: User, pk: UUID) -> Webhook:
    require_admin(user)
    return get_object_or_404(Webhook, pk=pk)


def get_notice(user: User, pk: int) -> Notice:
    return get_object_or_404(Notice.objects.visible_to(user), pk=pk)


def colleagues(of: User) -> QuerySet[User]:
    return User.objects.filter(is_active=True).exclude(pk=of.pk).order_by("username")


def get_colleague(username: str) -> User:
    if "\0" in username:  # which PostgreSQL would not even look for
        raise Http404
    return get_object_or_404(User, username=username, is_active=True)
