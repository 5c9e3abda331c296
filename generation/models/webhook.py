"""Addresses that the app sends to, and what they are told of the team's tasks."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from .secrets import decrypt, encrypt

PAUSE = timedelta(seconds=5)
"""Between two messages of one webhook: what ends together is told together."""


class WithWebhook(models.Model):
    """The address may hold a secret, so it is kept encrypted like the secret that its messages are
    signed with; pages show the host.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.TextField(blank=True)
    webhook_host = models.CharField(max_length=255, blank=True)
    secret = models.TextField(blank=True)

    class Meta:
        abstract = True

    def keep_webhook(self, address: str, host: str, secret: str) -> None:
        self.webhook = encrypt(address, f"{self.pk} webhook")
        self.webhook_host = host
        self.secret = encrypt(secret, f"{self.pk} secret") if secret else ""

    def reveal_webhook(self) -> tuple[str, str]:
        """Address and secret ("" for none), for the worker; raises SecretUnreadable."""
        secret = decrypt(self.secret, f"{self.pk} secret") if self.secret else ""
        return decrypt(self.webhook, f"{self.pk} webhook"), secret


class News(models.TextChoices):
    READY = "ready", "Results that are ready"
    FAILED = "failed", "What failed, is lost or unsure"
    AT_RISK = "at-risk", "Results at risk"
    OVER_BUDGET = "over-budget", "What waits as it is over a budget"
    COMMENT = "comment", "Comments on results"


class WebhookQuerySet(QuerySet["Webhook"]):
    def due(self, now: datetime | None = None) -> "WebhookQuerySet":
        rested = Q(told_at=None) | Q(told_at__lte=(now or timezone.now()) - PAUSE)
        return self.filter(rested, active=True)


class Webhook(WithWebhook):
    """A channel of the team. `seen` is the newest line of a timeline that it has been asked about."""

    name = models.CharField(max_length=80)
    news = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    seen = models.BigIntegerField()
    told_at = models.DateTimeField(null=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["made_at"]

    def __str__(self) -> str:
        return self.name


class WebhookMessage(models.Model):
    """Lines of timelines that go out together, by id: in words only when they are sent, as what
    was the team's may be private by then. A `test` has none.
    """

    hook = models.ForeignKey(Webhook, models.CASCADE, related_name="messages", db_index=False)
    at = models.DateTimeField(auto_now_add=True)
    test = models.BooleanField(default=False)
    events = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["hook", "-id"], name="webhook_message")]

    def __str__(self) -> str:
        return f"{len(self.events)} for {self.hook_id}"
