"""Who did what to which object, and which private things an admin has opened."""

from collections.abc import Iterable
from typing import cast

from django.http import HttpRequest
from django.utils import timezone

from generation.models import AuditEvent, User

from .access import Private, is_admin, is_private_of_another
from .client_address import client_address


def audit(request: HttpRequest, what: str, target: object) -> None:
    """A row for what the request's user has just done; `what` is a word such as `key.added`."""
    _row(request, what, target).save()


def audit_of(who: User, what: str, targets: Iterable[object]) -> None:
    """A row for each, for what a worker has done in the name of `who`."""
    rows = (AuditEvent(who=who, what=what, target=str(target)[:120]) for target in targets)
    AuditEvent.objects.bulk_create(rows)


def audit_hourly(request: HttpRequest, what: str, target: str) -> None:
    """The same, once an hour of the clock: for what strangers can make happen without end."""
    row = _row(request, what, target)
    row.hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    if not AuditEvent.objects.filter(what=what, target=row.target, hour=row.hour).exists():
        row.save()


def opened(request: HttpRequest, thing: Private, act: str = "opened") -> None:
    """A row when the request's user opens what another member has to themselves.

    One for each admin, object, act and hour of the clock, however many pictures and ranges of a
    film the browser asks for: `task.opened-private`, `output.downloaded-private`. Called before
    anything of `thing` is shown; raises DatabaseError when the row cannot be written.
    """
    user = cast(User, request.user)
    # Others have passed a query that leaves them what is theirs and the team's.
    if not is_admin(user) or not is_private_of_another(thing, user):
        return
    row = _row(request, f"{_kind(thing)}.{act}-private", thing.pk)
    row.hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    same = AuditEvent.objects.filter(who=row.who, what=row.what, target=row.target, hour=row.hour)
    if not same.exists():
        AuditEvent.objects.bulk_create([row], ignore_conflicts=True)


def _row(request: HttpRequest, what: str, target: object) -> AuditEvent:
    return AuditEvent(
        who=request.user if request.user.is_authenticated else None,
        what=what,
        target=str(target)[:120],
        address=client_address(request),
    )


def _kind(thing: Private) -> str:
    return {"TaskEvent": "event", "ApiKey": "key"}.get(type(thing).__name__) or (
        type(thing).__name__.lower()
    )
