"""What admins want to hear of by themselves."""

import uuid

from django.conf import settings
from django.db import models

from .secrets import decrypt, encrypt


class Alert(models.Model):
    """Fires once a day at most while something is over its limit.

    The address of its webhook may hold a secret, so it is kept encrypted like the secret that its
    messages are signed with; pages show the host.
    """

    class Kind(models.TextChoices):
        SPEND = "spend", "Spend of a day, in USD"
        WASTED = "wasted", "Failed but charged in seven days, in %"
        AT_RISK = "at-risk", "Results at risk"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    limit = models.DecimalField(max_digits=10, decimal_places=2)
    active = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=False)
    webhook = models.TextField(blank=True)
    webhook_host = models.CharField(max_length=255, blank=True)
    secret = models.TextField(blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["made_at"]

    def __str__(self) -> str:
        return f"{self.kind} over {self.limit}"

    def keep_webhook(self, address: str, host: str, secret: str) -> None:
        self.webhook = encrypt(address, f"{self.pk} webhook")
        self.webhook_host = host
        self.secret = encrypt(secret, f"{self.pk} secret") if secret else ""

    def reveal_webhook(self) -> tuple[str, str]:
        """Address and secret ("" for none), for the worker; raises SecretUnreadable."""
        secret = decrypt(self.secret, f"{self.pk} secret") if self.secret else ""
        return decrypt(self.webhook, f"{self.pk} webhook"), secret


class AlertFiring(models.Model):
    """One time that an alert said something; `test` when a person pressed the button."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="firings", db_index=False)
    day = models.DateField()
    test = models.BooleanField(default=False)
    at = models.DateTimeField(auto_now_add=True)
    text = models.CharField(max_length=400)
    told = models.PositiveIntegerField(default=0, help_text="admins who have a notice of it")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "day"],
                condition=models.Q(test=False),
                name="alert_once_a_day",
            )
        ]
        indexes = [models.Index(fields=["alert", "-id"], name="alert_firing")]

    def __str__(self) -> str:
        return self.text
