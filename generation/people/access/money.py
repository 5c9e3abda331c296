"""Budgets, alerts and bills."""

from uuid import UUID

from django.shortcuts import get_object_or_404

from generation.models import Alert, ApiKey, Bill, User

from .members import get_member
from .owning import is_admin, require_admin, uuid_of


def get_alert(user: User, pk: UUID) -> Alert:
    require_admin(user)
    return get_object_or_404(Alert, pk=pk)


def get_member_for_budget(user: User, pk: str) -> User:
    return get_member(user, uuid_of(pk))


def get_team_key_for_budget(user: User, pk: str) -> ApiKey:
    require_admin(user)
    return get_object_or_404(ApiKey, owner=None, pk=uuid_of(pk))


def get_bill(user: User, pk: UUID) -> Bill:
    require_admin(user)
    return get_object_or_404(Bill.objects.select_related("key"), pk=pk)


def may_spend_over_budget(user: User) -> bool:
    """Release or decline what others ask for, and set budgets."""
    return is_admin(user)
