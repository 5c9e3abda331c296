"""Keys."""

from uuid import UUID

from django.shortcuts import get_object_or_404

from generation.models import ApiKey, User

from .owning import is_admin


def get_key(user: User, pk: UUID) -> ApiKey:
    return get_object_or_404(ApiKey.objects.manageable_by(user), pk=pk)


def is_of_team(key: ApiKey) -> bool:
    return key.owner_id is None


def may_add_team_keys(user: User) -> bool:
    return is_admin(user)
