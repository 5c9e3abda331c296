"""Mail that sums up what happened to a member."""

from django.conf import settings
from django.db import models


class Digest(models.Model):
    """The mail of one member's day; what it says is looked up when it is sent.

    There is a row also for a day of which there was nothing to say.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="digests", db_index=False
    )
    day = models.DateField(help_text="as the member counts days")
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="digest_once_a_day")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day}"
