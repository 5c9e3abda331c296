"""What members have marked with a heart, each for themselves."""

from django.conf import settings
from django.db import models

from .task import Task


class Favourite(models.Model):
    """`made_at` is when the task was made: favourites are listed as galleries are."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="favourites", db_index=False
    )
    task = models.ForeignKey(Task, models.CASCADE, related_name="favourites")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "task"], name="favourite_once")]
        indexes = [
            # a member's favourites, newest task first
            models.Index(fields=["member", "-made_at", "-task"], name="favourite_feed"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.task_id}"
