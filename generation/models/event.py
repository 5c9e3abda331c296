"""The timeline of a task."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from .event_kind import TROUBLE, EventKind
from .task import Task


class TaskEventQuerySet(QuerySet["TaskEvent"]):
    def trouble_since(self, at: datetime) -> "TaskEventQuerySet":
        # SQLite takes a partial index only when the statement names the kinds as the index does.
        kinds = ", ".join(f"'{kind}'" for kind in TROUBLE)
        named = RawSQL(f"kind IN ({kinds})", (), output_field=models.BooleanField())  # noqa: S611
        return self.filter(named, at__gte=at)


class TaskEvent(models.Model):
    """One thing that happened: append-only, sanitised (never a key, never image data).

    `text` is the sentence people read, `state` the state after it, `detail` small facts (HTTP status, attempt, gateway status).
    """

    task = models.ForeignKey(Task, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=32, choices=EventKind.choices)
    state = models.CharField(max_length=12, choices=Task.State.choices)
    text = models.CharField(max_length=500)
    detail = models.JSONField(default=dict, blank=True)
    who = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = TaskEventQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            # the engine page: what went wrong in the last hour
            models.Index("at", name="event_trouble", condition=Q(kind__in=TROUBLE)),
        ]

    def __str__(self) -> str:
        return self.text
