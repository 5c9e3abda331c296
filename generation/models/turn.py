"""Whose turn it is on a key."""

from django.conf import settings
from django.db import models


class Turn(models.Model):
    """One member's place in the line for one key; members on a key take turns.

    `served` is the revision at which a task of theirs was last taken: the lowest goes first.
    """

    key = models.ForeignKey("ApiKey", models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    served = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "owner"], name="turn_once")]

    def __str__(self) -> str:
        return f"{self.owner} on {self.key}"
