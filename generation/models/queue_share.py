"""Who is served next on a key."""

from django.conf import settings
from django.db import models


class QueueShare(models.Model):
    """One member's share of the queue for one key; members on a key are served in turn.

    `served` is the revision at which a task of theirs was last taken: the lowest goes first.
    """

    key = models.ForeignKey("ApiKey", models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    served = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "owner"], name="queue_share_once")]

    def __str__(self) -> str:
        return f"{self.owner} on {self.key}"
