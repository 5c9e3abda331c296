"""What admins do with members: role, switching off and on. One admin always remains."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from generation.models import ApiKey, Counter, CounterName, Role, User, next_revision

from .invitations import withdraw_all_of
from .sessions import end_all


class LastAdmin(Exception):
    """Nobody would be left who may manage keys and people; the text says so."""

    def __init__(self) -> None:
        super().__init__(
            "This is the only admin who can log in. Make somebody else an admin first."
        )


class MoreRights(Exception):
    """They have rights that who asks has not, and so could not give back; the text says so."""

    def __init__(self, member: User) -> None:
        super().__init__(f"{member.display_name} is a superuser. Only a superuser may change this.")


@contextmanager
def admins_change() -> Iterator[None]:
    """A transaction in which nobody else takes an admin's rights away."""
    with transaction.atomic():
        Counter.objects.select_for_update().get_or_create(name=CounterName.ADMINS)
        yield


def require_another_admin(member: User) -> None:
    """Raises LastAdmin. Call inside `admins_change`, before `member` stops being an active admin."""
    if not User.objects.active_admins().exclude(pk=member.pk).exists():
        raise LastAdmin


def require_no_more_rights(by: User, member: User) -> None:
    if member.is_superuser and not by.is_superuser:
        raise MoreRights(member)


def change_role(member: User, role: str, by: User) -> bool:
    """Whether it has changed; raises LastAdmin and MoreRights."""
    with admins_change():
        member.refresh_from_db()
        if role == role_of(member):
            return False
        require_no_more_rights(by, member)
        if role == Role.MEMBER:
            require_another_admin(member)
            withdraw_all_of(member)
            member.is_superuser = False
        member.is_staff = role == Role.ADMIN
        member.save(update_fields=["is_staff", "is_superuser"])
    return True


def disable(member: User, by: User) -> bool:
    """Ends their sessions at once, their invitations and the use of their own keys.

    Their tasks go on: what is at the gateway is paid, and comes home. Whether it has changed;
    raises LastAdmin and MoreRights.
    """
    with admins_change():
        next_revision()  # who submits at this moment has done so before, or cannot any more
        member.refresh_from_db()
        if not member.is_active:
            return False
        require_no_more_rights(by, member)
        if member.is_staff:
            require_another_admin(member)
        member.is_active = False
        member.disabled_at = timezone.now()
        member.save(update_fields=["is_active", "disabled_at"])
        end_sessions(member)
        ApiKey.objects.filter(owner=member, active=True).update(active=False)
        withdraw_all_of(member)
    return True


def enable(member: User, by: User) -> bool:
    """Lets them log in again; their own keys stay off until they switch them on.

    Raises MoreRights.
    """
    require_no_more_rights(by, member)
    changed = User.objects.filter(pk=member.pk, is_active=False)
    return bool(changed.update(is_active=True, disabled_at=None))


def end_sessions(member: User) -> None:
    User.objects.filter(pk=member.pk).update(session_version=F("session_version") + 1)
    member.refresh_from_db(fields=["session_version"])
    end_all(member)


def role_of(member: User) -> Role:
    return Role.ADMIN if member.is_staff else Role.MEMBER


def set_active(member: User, active: bool, by: User) -> bool:
    """Whether it has changed; raises LastAdmin and MoreRights."""
    return enable(member, by) if active else disable(member, by)


def set_budget(member: User, monthly_budget: Decimal | None) -> bool:
    """Whether it has changed; None is no limit."""
    others = User.objects.filter(pk=member.pk).exclude(monthly_budget=monthly_budget)
    if monthly_budget is not None:
        others = others | User.objects.filter(pk=member.pk, monthly_budget=None)
    return bool(others.update(monthly_budget=monthly_budget))
