"""Alerts in words: when they fire, and what became of what they said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from generation.catalog.money import usd
from generation.models import Alert, AlertFiring, Delivery

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Said:
    at: datetime
    text: str
    ways: list[str]
    failed: bool


@dataclass(frozen=True, slots=True)
class ShownAlert:
    alert: Alert
    title: str
    ways: str
    said: list[Said]


def shown(alerts: Iterable[Alert]) -> list[ShownAlert]:
    """Of alerts with their latest `firings`, and those with their `deliveries`."""
    return [
        ShownAlert(alert, title(alert), _ways(alert), [_said(one) for one in alert.latest])  # type: ignore[attr-defined]
        for alert in alerts
    ]


def title(alert: Alert) -> str:
    match alert.kind:
        case Alert.Kind.SPEND:
            return f"Spend of a day over {usd(alert.limit)}"
        case Alert.Kind.WASTED:
            return f"Failed but charged over {alert.limit.normalize():f} % of seven days"
        case _ if not alert.limit:
            return "Any result at risk"
        case _:
            return f"More than {alert.limit.normalize():f} results at risk"


def _ways(alert: Alert) -> str:
    ways = ["notice"]
    if alert.by_mail:
        ways.append("e-mail")
    if alert.webhook:
        signed = ", signed" if alert.secret else ""
        ways.append(f"webhook at {alert.webhook_host}{signed}")
    return ", ".join(ways)


def _said(firing: AlertFiring) -> Said:
    ways = [f"Notice to {firing.told}"]
    deliveries = list(firing.deliveries.all())
    for channel, label in Delivery.Channel.choices:
        if of_channel := [one for one in deliveries if one.channel == channel]:
            ways.append(f"{label.lower()} {became(of_channel)}")
    return Said(
        firing.at, firing.text, ways, any(one.state == Delivery.State.FAILED for one in deliveries)
    )


def became(deliveries: list[Delivery]) -> str:
    said = []
    for state in Delivery.State:
        some = [one for one in deliveries if one.state == state]
        if some:
            number = f"{len(some)} " if len(deliveries) > 1 else ""
            why = next((f": {one.error} (try {one.attempts})" for one in some if one.error), "")
            said.append(f"{number}{state.label.lower()}{why}")
    return ", ".join(said)
