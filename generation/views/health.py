"""For load balancers and supervisors."""

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from generation.lifecycle import vitals
from generation.lifecycle.probe import Probe

CLUSTERS = ("default", "poll")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, workers seen within a minute, storage writable; 503 when one is not.

    Answers within five seconds, whatever is silent: both are asked at the same time.
    """
    vitals.storage.begin()
    checks = workers.answer() | {"storage": vitals.storage_writable()}
    good = all(checks.values())
    return JsonResponse({"ready": good, **checks}, status=200 if good else 503)


def _look_at_workers() -> dict[str, bool]:
    try:
        # A sign of life counts for 40 s; 20 s of grace make the minute.
        recently = timezone.now() - timedelta(seconds=20)
        alive = {sign.cluster for sign in vitals.signs() if sign.until > recently}
    except DatabaseError:
        return {"database": False, "workers": False}
    finally:
        # This thread's own, and it ends here.
        connection.close()
    # On whichever machine: one that was switched off is no reason to take no more visitors.
    return {"database": True, "workers": alive.issuperset(CLUSTERS)}


# In a thread, since a connected database that is silent would be waited for without end.
workers = Probe(_look_at_workers, otherwise={"database": False, "workers": False}, within=4.0)
