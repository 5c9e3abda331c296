"""What is known of a key: that it works, what is wrong with it and since when."""

from uuid import UUID

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from generation.catalog.explanations import explain_http
from generation.gateway.failures import Unauthorized
from generation.models import ApiKey, Notice, Reason, Task
from generation.people.inbox import notify, tell_admins
from generation.scheduling.fair_queue import wake_if_waiting

IN_ORDER = {"last_error": "", "failing_since": None, "paused_at": None}
"""Of a key that works."""


def refused(key_id: UUID, failure: Unauthorized) -> None:
    """Pauses the key: what is queued on it waits until somebody has mended and tested it."""
    what = explain_http(failure.status or 401, failure.code, failure.message).what.rstrip(".")
    status = f" (HTTP {failure.status})" if failure.status else ""
    with transaction.atomic():
        first = ApiKey.objects.filter(pk=key_id, paused_at=None).update(paused_at=timezone.now())
        fails(key_id, f"{what}{status}.", pauses=True)
        if first:
            _tell_of_pause(ApiKey.objects.select_related("owner").get(pk=key_id))


def _tell_of_pause(key: ApiKey) -> None:
    text = f"The gateway refuses the key “{key.label}”: what was made with it waits"
    tell_admins(Notice.Kind.KEY, text, reverse("keys"))
    if key.owner and not key.owner.is_staff:
        notify([key.owner], Notice.Kind.KEY, text, reverse("keys"))


def fails(key_id: UUID, error: str, *, pauses: bool = False) -> None:
    """Notes the error; `failing_since` and `paused_at` stay those of the first one."""
    now = Value(timezone.now())
    ApiKey.objects.filter(pk=key_id).update(
        last_error=error[:200],
        failing_since=Coalesce("failing_since", now),
        paused_at=Coalesce("paused_at", now) if pauses else F("paused_at"),
    )


def works(key_id: UUID) -> None:
    """It was tested, and is good: everything that waits for it goes on at once."""
    now = timezone.now()
    ApiKey.objects.filter(pk=key_id).update(verified_at=now, **IN_ORDER)
    go_on(key_id)


def go_on(key_id: UUID) -> None:
    waiting = Task.objects.filter(key=key_id, state=Task.State.PROCESSING, reason=Reason.KEY)
    waiting.update(next_poll_at=timezone.now())
    wake_if_waiting()
