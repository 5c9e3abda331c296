"""Who did what to which object."""

from django.conf import settings
from django.db import models


class AuditEvent(models.Model):
    """Append-only: triggers of the database refuse everything else. `who` is nobody for what strangers and the machine do. `what` is a short word such as `key.added`, `target` names the object.

    `hour` is its beginning for what is written down once an hour, however often it happens.
    """

    at = models.DateTimeField(auto_now_add=True)
    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    what = models.CharField(max_length=40)
    target = models.CharField(max_length=120)
    address = models.GenericIPAddressField(null=True)
    hour = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes = [
            # the audit page: by days; by what happened, newest first
            models.Index(fields=["at"], name="audit_at"),
            models.Index(fields=["what", "-id"], name="audit_what"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["who", "what", "target", "hour"],
                condition=models.Q(hour__isnull=False),
                name="audit_once_an_hour",
            )
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.target}"
