"""What admins want to hear of by themselves."""

from django.conf import settings
from django.db import models

from .webhook import WithWebhook


class Alert(WithWebhook):
    """Fires at most once about any day, when something is over its limit."""

    class Kind(models.TextChoices):
        SPEND = "spend", "Spend of a day, in USD"
        WASTED = "wasted", "Failed but charged in seven days, in %"
        AT_RISK = "at-risk", "Results at risk"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    limit = models.DecimalField(max_digits=10, decimal_places=2)
    active = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["made_at"]

    def __str__(self) -> str:
        return f"{self.kind} over {self.limit}"


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
