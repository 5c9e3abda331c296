"""What members are told: in the app, and by mail if they want it."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from .alert import AlertFiring
from .digest import Digest
from .user import User
from .webhook import WebhookMessage


class NoticeQuerySet(QuerySet["Notice"]):
    def visible_to(self, user: User) -> "NoticeQuerySet":
        return self.filter(user=user)

    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at=None)


class Notice(models.Model):
    """One thing that one member is told. `link` is a path of the app.

    How many are unread stands in `User.unread_notices` too, which every page shows.
    """

    class Kind(models.TextChoices):
        ASKED = "asked", "Somebody asks to go over a budget"
        RELEASED = "released", "What was over a budget is released"
        DECLINED = "declined", "What was over a budget is declined"
        KEY = "key", "The gateway refuses a key"
        PROPOSED = "proposed", "Somebody proposes a change of a subject"
        ANSWERED = "answered", "A proposed change was answered"
        ALERT = "alert", "An alert"
        MENTIONED = "mentioned", "Somebody mentions you in a comment"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    text = models.CharField(max_length=400)
    link = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        indexes = [
            # what old ones may go
            models.Index(
                fields=["read_at"],
                name="notice_read",
                condition=models.Q(read_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.text


class DeliveryQuerySet(QuerySet["Delivery"]):
    def due(self, now: datetime | None = None) -> "DeliveryQuerySet":
        return self.filter(state=Delivery.State.DUE, next_attempt_at__lte=now or timezone.now())


class Delivery(models.Model):
    """Something on its way out of the app, which a worker sends and tries again."""

    class Channel(models.TextChoices):
        MAIL = "mail", "E-mail"
        WEBHOOK = "webhook", "Webhook"

    class State(models.TextChoices):
        DUE = "due", "On its way"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"

    channel = models.CharField(max_length=8, choices=Channel.choices)
    notice = models.ForeignKey(Notice, models.CASCADE, null=True, related_name="deliveries")
    firing = models.ForeignKey(AlertFiring, models.CASCADE, null=True, related_name="deliveries")
    digest = models.ForeignKey(Digest, models.CASCADE, null=True, related_name="deliveries")
    message = models.ForeignKey(
        WebhookMessage, models.CASCADE, null=True, related_name="deliveries"
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="delivery_due",
                condition=models.Q(state="due"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"
