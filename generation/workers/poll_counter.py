"""How often the gateway is asked: a total, and one row a minute of the last hours.

The poller counts in memory and writes every few seconds, so a poll costs no statement of its own.
"""

import logging
import time
from collections import deque
from datetime import timedelta

from django.db import OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from generation.models import Counter, CounterName

logger = logging.getLogger(__name__)

TOTAL = CounterName.POLLS
WRITE_EVERY = 5.0
"""Seconds."""

KEPT = timedelta(hours=2)
"""How long the rows of single minutes stay."""

SPAN = 2.0
"""Seconds over which the rate is measured."""

_waiting = 0
_written = 0.0
_recent: deque[tuple[float, int]] = deque()


def count_polls(polls: int) -> None:
    """Adds to the count; writes at most every five seconds."""
    global _waiting
    _waiting += polls
    _recent.append((time.monotonic(), polls))
    if time.monotonic() - _written > WRITE_EVERY:
        write_polls()


def polls_a_second() -> float:
    since = time.monotonic() - SPAN
    while _recent and _recent[0][0] < since:
        _recent.popleft()
    return sum(polls for _, polls in _recent) / SPAN


def write_polls() -> None:
    """Writes what is counted so far; what the database does not take now is kept for next time."""
    global _waiting, _written
    _written = time.monotonic()
    if not _waiting:
        return
    try:
        _add(_waiting, CounterName.polls_in(timezone.now()))
    except OperationalError:
        logger.warning("database not available; the count of polls waits")
    else:
        _waiting = 0


def polls_in_all() -> int:
    return Counter.objects.value_of(TOTAL)


def polls_by_minute(minutes: int) -> list[int]:
    """Polls in each of the last full minutes, the latest last."""
    now = timezone.now()
    names = [CounterName.polls_in(now - timedelta(minutes=back)) for back in range(minutes, 0, -1)]
    found = dict(Counter.objects.filter(name__in=names).values_list("name", "value"))
    return [found.get(name, 0) for name in names]


def _add(polls: int, minute: str) -> None:
    rows = Counter.objects.filter(name__in=(TOTAL, minute))
    with transaction.atomic():
        if rows.count() < 2:
            fresh = [Counter(name=TOTAL), Counter(name=minute)]
            Counter.objects.bulk_create(fresh, ignore_conflicts=True)
            Counter.objects.polls_before(timezone.now() - KEPT).delete()
        rows.update(value=F("value") + polls)
