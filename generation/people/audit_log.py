"""Reading the audit log, a page at a time; and the one way in which it gets shorter."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from generation.models import AuditEvent, Counter, CounterName

from .audit_words import words_of

PAGE = 50
LEAST_DAYS = 30
"""What is younger nobody removes: the database's trigger has the same number."""

AT_ONCE = 10_000
"""Rows that one pruning removes; the next minute goes on."""


@dataclass(frozen=True, slots=True)
class Filter:
    """`since` and `until` are days in the zone of whoever asks."""

    group: str = ""
    who: str = ""
    since: date | None = None
    until: date | None = None

    def rows(self) -> QuerySet[AuditEvent]:
        found = AuditEvent.objects.select_related("who").order_by("-id")
        if self.group:
            found = found.filter(what__in=words_of(self.group))
        if self.who:
            found = found.filter(who__username=self.who)
        if self.since:
            found = found.filter(at__gte=_midnight(self.since))
        if self.until:
            found = found.filter(at__lt=_midnight(self.until + timedelta(days=1)))
        return found


def page(asked: Filter, before: int | None = None) -> tuple[list[AuditEvent], int | None]:
    """One page, and the id before which the next one begins; None on the last."""
    rows = asked.rows()
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    shown = found[:PAGE]
    return shown, shown[-1].pk if len(found) > PAGE else None


def every(asked: Filter) -> Iterator[AuditEvent]:
    """All rows, read a page at a time: no long transaction, no large list."""
    before = None
    while True:
        rows, before = page(asked, before)
        yield from rows
        if before is None:
            return


def prune() -> int:
    """Removes what is older than the setting says; how many. Nothing else may remove a row.

    The trigger lets go of old rows only while the counter's row is there, which no other
    transaction sees.
    """
    if not settings.AUDIT_DAYS:
        return 0
    end = timezone.now() - timedelta(days=max(settings.AUDIT_DAYS, LEAST_DAYS))
    old = AuditEvent.objects.filter(at__lt=end).order_by("at").values("pk")
    if not old.exists():
        return 0
    with transaction.atomic():
        permission, _ = Counter.objects.get_or_create(name=CounterName.AUDIT_PRUNING)
        removed = _remove([row["pk"] for row in old[:AT_ONCE]])
        permission.delete()
    return removed


def _remove(pks: list[int]) -> int:
    return sum(
        AuditEvent.objects.filter(pk__in=pks[first : first + 500]).delete()[0]
        for first in range(0, len(pks), 500)
    )


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
