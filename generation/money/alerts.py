"""Alerts: once a minute a worker compares a few sums with what admins have set."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Sum
from django.urls import reverse

from generation.catalog.money import usd
from generation.models import Alert, AlertFiring, DailyUsage, Delivery, Notice, Reason, Task
from generation.people.inbox import JOB, tell_admins
from generation.workers.wakeups import wake

from .amounts import usd_of
from .days import today

WEEK = timedelta(days=6)
"""Before today, which is the seventh day."""


def check() -> None:
    fired = AlertFiring.objects.filter(alert=OuterRef("pk"), day=today(), test=False)
    for alert in Alert.objects.filter(active=True).exclude(Exists(fired)):
        if text := CHECKS[alert.kind](alert.limit):
            fire(alert, text)


def fire(alert: Alert, text: str, *, test: bool = False) -> bool:
    """Tells all admins, by each way that the alert has; False when it has fired today."""
    try:
        with transaction.atomic():
            firing = AlertFiring.objects.create(alert=alert, day=today(), text=text, test=test)
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


def _spend(limit: Decimal) -> str:
    spent = usd_of(DailyUsage.objects.filter(day=today()).aggregate(all=Sum("charged"))["all"])
    return f"Spent today: {usd(spent)}, more than {usd(limit)}" if spent > limit else ""


def _wasted(limit: Decimal) -> str:
    days = DailyUsage.objects.filter(day__gte=today() - WEEK, day__lte=today())
    sums = days.aggregate(
        completed=Sum("completed"), failed=Sum("failed"), lost=Sum("lost"), wasted=Sum("wasted")
    )
    ended = sum(sums[name] or 0 for name in ("completed", "failed", "lost"))
    share = Decimal(100 * (sums["wasted"] or 0)) / ended if ended else Decimal(0)
    if share <= limit:
        return ""
    return (
        f"Failed but charged: {share:.1f} % of {ended:,} tasks of seven days, more than "
        f"{limit.normalize():f} %"
    )


def _at_risk(limit: Decimal) -> str:
    found = Task.objects.filter(state=Task.State.ARCHIVING, reason=Reason.AT_RISK).count()
    if found <= limit:
        return ""
    noun = "task is" if found == 1 else "tasks are"
    return f"At risk: {found} {noun} finished, with results that could not be saved yet"


CHECKS: dict[str, Callable[[Decimal], str]] = {
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
