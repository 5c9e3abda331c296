"""For load balancers and supervisors."""

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from generation.models import Task
from generation.monitoring import storage_check
from generation.monitoring.probe import Probe
from generation.schema import mismatch
from generation.workers import heartbeats
from generation.workers.clusters import CLUSTERS


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, workers seen within a minute, storage writable; 503 when one is not.

    `held` is how many tasks wait for an admin, if any do: no reason to take no visitors.
    `schema` is false while the database belongs to another version of this code.

    Answers within five seconds, whatever is silent: both are asked at the same time.
    """
    storage_check.storage.begin()
    found = workers.answer()
    held, schema = found.get("held", 0), found.get("schema", True)
    checks = {name: bool(found[name]) for name in ("database", "workers")}
    checks |= {"storage": storage_check.storage_writable()} | ({} if schema else {"schema": False})
    good = all(checks.values())
    told = {"ready": good, **checks} | ({"held": held} if held else {})
    return JsonResponse(told, status=200 if good else 503)


def _look_at_workers() -> dict[str, int]:
    try:
        # A sign of life counts for 40 s; 20 s of grace make the minute.
        recently = timezone.now() - timedelta(seconds=20)
        alive = {sign.cluster for sign in heartbeats.heartbeats() if sign.until > recently}
        fits = not mismatch()
        held = Task.objects.held().count() if fits else 0
    except DatabaseError:
        return {"database": False, "workers": False}
    finally:
        # This thread's own, and it ends here.
        connection.close()
    # On whichever machine: one that was switched off is no reason to take no more visitors.
    working = alive.issuperset(CLUSTERS)
    return {"database": True, "workers": working, "held": held, "schema": fits}


# In a thread, since a connected database that is silent would be waited for without end.
workers: Probe[dict[str, int]] = Probe(
    _look_at_workers, otherwise={"database": False, "workers": False}, within=4.0
)
