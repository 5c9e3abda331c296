"""What every page knows."""

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from generation.models import ApiKey, Task, User
from generation.money.budgets import budget_of


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "sandbox": settings.SANDBOX,
        "version": settings.VERSION,
        # Asked by the navigation of admins only, once a page.
        "engine_count": SimpleLazyObject(lambda: Task.objects.for_admins().count()),
        "refused_keys": SimpleLazyObject(lambda: _refused_keys(cast(User, request.user))),
        "own_budget": SimpleLazyObject(lambda: budget_of(cast(User, request.user))),
    }


def _refused_keys(user: User) -> list[ApiKey]:
    # The row of who is logged in knows whether there are any: see models/heads.py.
    if not getattr(user, "key_refused", False):
        return []
    return list(ApiKey.objects.manageable_by(user).refused())
