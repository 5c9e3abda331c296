"""The timeline of a task."""

from django.conf import settings
from django.db import models

from .task import Task


class TaskEvent(models.Model):
    """One thing that happened: append-only, sanitised (never a key, never image data).

    `word` is a stable name such as `sent` or `refused`; `text` the sentence people read;
    `state` the state after it; `detail` small facts (HTTP status, attempt, gateway status).
    """

    task = models.ForeignKey(Task, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    word = models.CharField(max_length=32)
    state = models.CharField(max_length=12, choices=Task.State.choices)
    text = models.CharField(max_length=500)
    detail = models.JSONField(default=dict, blank=True)
    who = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text
