"""Alerts: once a minute a worker compares a few sums with what admins have set."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.urls import reverse

from generation.catalog.money import usd
from generation.models import Alert, AlertFiring, DailyUsage, Delivery, Notice, Reason, Task
from generation.people.inbox import JOB, tell_admins
from generation.workers.wakeups import wake

from .amounts import usd_of
from .days import day_of, today

WEEK = timedelta(days=6)
"""Before today, which is the seventh day."""

LATEST = timedelta(days=3)
"""Today and the days before on which a task that ends now may have been submitted."""


def check() -> None:
    if not (active := list(Alert.objects.filter(active=True))):
        return
    lately = AlertFiring.objects.filter(day__gt=today() - LATEST, test=False)
    told = set(lately.values_list("alert", "day"))
    for alert in active:
        for day, text in CHECKS[alert.kind](alert).items():
            if (alert.pk, day) not in told:
                fire(alert, text, day=day)


def fire(alert: Alert, text: str, *, day: date | None = None, test: bool = False) -> bool:
    """Tells all admins, by each way that the alert has; False when it has fired for the day."""
    day = day or today()
    try:
        with transaction.atomic():
            firing = AlertFiring.objects.create(alert=alert, day=day, text=text, test=test)
            mail = alert.by_mail
            told = tell_admins(
                Notice.Kind.ALERT, text, reverse(LINKS[alert.kind]), mail=mail, firing=firing
            )
            AlertFiring.objects.filter(pk=firing.pk).update(told=len(told))
            if alert.webhook:
                Delivery.objects.create(channel=Delivery.Channel.WEBHOOK, firing=firing)
                wake(JOB)
    except IntegrityError:
        return False
    return True


def try_out(alert: Alert) -> None:
    fire(alert, f"A test of the alert “{alert.get_kind_display()}”. All is well.", test=True)


Said = dict[date, str]
"""What is to be said of which days."""


def _spend(alert: Alert) -> Said:
    """Of the days before too: what was submitted on them may be charged by now."""
    first = max(today() - LATEST + timedelta(days=1), day_of(alert.made_at))
    days = DailyUsage.objects.filter(day__gte=first, day__lte=today()).order_by("day")
    sums = days.values_list("day").annotate(all=Sum("charged"))
    return {
        day: f"Spent {_when(day)}: {usd(usd_of(spent))}, more than {usd(alert.limit)}"
        for day, spent in sums
        if usd_of(spent) > alert.limit
    }


def _when(day: date) -> str:
    return "today" if day == today() else f"on {day:%d %B}".replace(" 0", " ")


def _wasted(alert: Alert) -> Said:
    days = DailyUsage.objects.filter(day__gte=today() - WEEK, day__lte=today())
    sums = days.aggregate(
        completed=Sum("completed"), failed=Sum("failed"), lost=Sum("lost"), wasted=Sum("wasted")
    )
    ended = sum(sums[name] or 0 for name in ("completed", "failed", "lost"))
    share = Decimal(100 * (sums["wasted"] or 0)) / ended if ended else Decimal(0)
    if share <= alert.limit:
        return {}
    text = (
        f"Failed but charged: {share:.1f} % of {ended:,} tasks of seven days, more than "
        f"{alert.limit.normalize():f} %"
    )
    return {today(): text}


def _at_risk(alert: Alert) -> Said:
    found = Task.objects.filter(state=Task.State.ARCHIVING, reason=Reason.AT_RISK).count()
    if found <= alert.limit:
        return {}
    noun = "task is" if found == 1 else "tasks are"
    return {today(): f"At risk: {found} {noun} finished, with results that could not be saved yet"}


CHECKS: dict[str, Callable[[Alert], Said]] = {
    Alert.Kind.SPEND: _spend,
    Alert.Kind.WASTED: _wasted,
    Alert.Kind.AT_RISK: _at_risk,
}
"""What each kind says when it is over the limit, else nothing."""

LINKS: dict[str, str] = {
    Alert.Kind.SPEND: "usage",
    Alert.Kind.WASTED: "usage",
    Alert.Kind.AT_RISK: "engine",
}
