"""How many tasks there are in each state, without counting a whole history for any page.

What has not ended is few and counted as it is. What has ended stays so: workers count it once an
hour up to a moment, and pages count from there on.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from generation import clock
from generation.lifecycle.transitions import ENDED
from generation.models import Task

KEPT = "tasks:ended"
GOOD_FOR = timedelta(hours=1)
"""After this the whole history is counted again."""

KEPT_FOR = 7 * 86400
"""Seconds: without workers nothing ends, so an old count costs a page no more."""

SETTLED = timedelta(minutes=10)
"""A task whose end lies so far back is in the database, however slow its last transaction was."""


def tasks_by_state() -> dict[str, int]:
    until, ended = _kept() or _count()
    since = _counted(Task.objects.filter(finished_at__gt=until), ENDED)
    running = [state for state in Task.State if state not in ENDED]
    now = _counted(Task.objects.filter(finished_at=None), running)
    return {state: n + ended.get(state, 0) for state, n in (now | since).items()}


def count_now_and_then() -> None:
    kept = _kept()
    if kept is None or timezone.now() - kept[0] > GOOD_FOR + SETTLED:
        _count()


def recount() -> None:
    """To call when ended tasks come in from elsewhere."""
    _count()


Counted = tuple[datetime, dict[str, int]]


def _kept() -> Counted | None:
    """None also for a moment to come: the clock was set back since."""
    kept = cache.get(KEPT)
    until = kept and datetime.fromisoformat(kept["until"])
    return (until, kept["counts"]) if kept and until <= clock.newest(timezone.now()) else None


def _count() -> Counted:
    """A moment, and how many had ended by then, by state: from an index, but the whole of it."""
    until = timezone.now() - SETTLED
    counts = _counted(Task.objects.filter(finished_at__lte=until), ENDED)
    cache.set(KEPT, {"until": until.isoformat(), "counts": counts}, KEPT_FOR)
    return until, counts


def _counted(tasks: QuerySet[Task], states: Iterable[Task.State]) -> dict[str, int]:
    # With GROUP BY, SQLite would walk the index of all states, in its order. Only columns of
    # the index of ends are named, so no row is fetched.
    return tasks.aggregate(
        **{state.value: Count("state", filter=Q(state=state)) for state in states}
    )
