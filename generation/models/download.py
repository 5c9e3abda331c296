"""That a result has left the house."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from .task import Task


class Download(models.Model):
    """Noted the first time. `by` is empty for a guest of a share link.

    `made_at` is when the task was made.
    """

    task = models.OneToOneField(Task, models.CASCADE, related_name="download")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField(default=timezone.now)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Download of {self.task_id}"
