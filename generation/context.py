"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from generation.models import Task


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "sandbox": settings.SANDBOX,
        "version": settings.VERSION,
        # Asked by the navigation of admins only, once a page.
        "engine_count": SimpleLazyObject(lambda: Task.objects.for_admins().count()),
    }
