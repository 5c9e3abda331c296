"""The request as our views know it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from generation.models import AuditEvent, User


class Request(HttpRequest):
    """A request of a logged-in user."""

    htmx: HtmxDetails
    user: User


def audit(request: Request, what: str, target: object) -> None:
    AuditEvent.objects.create(
        who=request.user,
        what=what,
        target=str(target)[:120],
        address=request.META.get("REMOTE_ADDR") or None,
    )
