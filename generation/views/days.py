"""What the days of a gallery have brought, asked of the database once a page."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from generation.gallery.filters import Filters
from generation.gallery.places import begin_of
from generation.gallery.sources import fitting
from generation.models import Task, User
from generation.presenters.days import DaySum, day_of


def day_sums(user: User, filters: Filters, tasks: Iterable[Task]) -> dict[date, DaySum]:
    """Of each day whole, with the same filters.

    `tasks` are neighbours: they are all of the days between the first and the last one, which alone
    are asked for. So a page is no dearer when years lie between its tasks.
    """
    found: dict[date, DaySum] = {}
    for task in tasks:
        day = day_of(task)
        old, done = found.get(day, DaySum()), task.state == Task.State.COMPLETED
        found[day] = DaySum(old.results + done, old.spent + (task.charge or 0))
    return found | _asked(user, filters, {min(found), max(found)}) if found else {}


def _asked(user: User, filters: Filters, days: set[date]) -> dict[date, DaySum]:
    spans = Q()
    for day in days:
        after = begin_of(day + timedelta(days=1))
        spans |= Q(created_at__gte=begin_of(day), created_at__lt=after)
    made = fitting(user, filters, Task.objects.filter(spans))
    rows = made.order_by().annotate(day=TruncDate("created_at")).values_list("day")
    done = Count("pk", filter=Q(state=Task.State.COMPLETED))
    sums = rows.annotate(done=done, spent=Sum(Coalesce("settled", "cost")))
    return {day: DaySum(results, spent or Decimal(0)) for day, results, spent in sums}


def recent_sums(user: User, filters: Filters, tasks: Iterable[Task]) -> dict[date, DaySum]:
    """Of today and yesterday, when one of `tasks` that have changed may have changed them.

    Older headings wait for the next page: a change of something old must not count a whole year.
    """
    since = timezone.localdate() - timedelta(days=1)
    days = {day_of(task) for task in tasks if not task.is_running and day_of(task) >= since}
    return _asked(user, filters, days) if days else {}
