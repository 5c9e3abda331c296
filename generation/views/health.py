"""For load balancers and supervisors."""

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from generation.lifecycle.vitals import storage_writable
from generation.models import Lease

CLUSTERS = ("default", "poll")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, workers seen within a minute, storage writable; 503 when one is not."""
    checks = _workers() | {"storage": storage_writable()}
    good = all(checks.values())
    return JsonResponse({"ready": good, **checks}, status=200 if good else 503)


def _workers() -> dict[str, bool]:
    try:
        leases = dict(
            Lease.objects.filter(name__startswith="cluster:").values_list("name", "expires_at")
        )
    except DatabaseError:
        return {"database": False, "workers": False}
    now = timezone.now()
    # A sign of life counts for 40 s; 20 s of grace make the minute.
    alive = all(
        name in leases and leases[name] > now - timedelta(seconds=20)
        for name in (f"cluster:{cluster}" for cluster in CLUSTERS)
    )
    return {"database": True, "workers": alive}
