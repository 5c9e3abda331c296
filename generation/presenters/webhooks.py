"""Webhooks in words: what they tell of, and what became of their messages."""

from collections.abc import Iterable
from dataclasses import dataclass

from generation.models import Delivery, News, Webhook, WebhookMessage

from .alerts import Said, became

SHOWN = 5


@dataclass(frozen=True, slots=True)
class ShownWebhook:
    hook: Webhook
    news: str
    signed: bool
    said: list[Said]


def shown(hooks: Iterable[Webhook]) -> list[ShownWebhook]:
    """Of webhooks with their `latest` messages, and those with their `deliveries`."""
    return [
        ShownWebhook(
            hook,
            ", ".join(label.lower() for value, label in News.choices if value in hook.news),
            bool(hook.secret),
            [_said(one) for one in hook.latest],  # type: ignore[attr-defined]
        )
        for hook in hooks
    ]


def _said(message: WebhookMessage) -> Said:
    deliveries = list(message.deliveries.all())
    number = len(message.events)
    text = "A test" if message.test else f"News of {number} {'task' if number == 1 else 'tasks'}"
    failed = any(one.state == Delivery.State.FAILED for one in deliveries)
    return Said(message.at, text, [became(deliveries)], failed)
