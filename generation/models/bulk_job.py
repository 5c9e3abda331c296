"""One action for everything that filters let through, done by a worker."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class BulkJob(models.Model):
    """It goes from place to place, newest first; `edge` is the place up to which it is done.

    `value` is what the action needs beside: who shall see them, tags between commas, a verdict, or
    which moment is undone. `pressed_at`
    is the moment of all that it moves to the trash, and what is made later does not belong to it.
    """

    class Action(models.TextChoices):
        FAVOURITE = "favourite", "Added to your favourites"
        UNFAVOURITE = "unfavourite", "Taken from your favourites"
        VISIBILITY = "visibility", "Shown to others, or to nobody"
        TAG = "tag", "Tagged"
        UNTAG = "untag", "Tags taken off"
        REVIEW = "review", "Reviewed"
        TRASH = "trash", "Moved to the trash"
        RESTORE = "restore", "Brought back from the trash"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    action = models.CharField(max_length=12, choices=Action.choices)
    value = models.CharField(max_length=400, blank=True)
    query = models.TextField(max_length=4000, blank=True)
    sameness = models.CharField(max_length=64, help_text="the same for the same wish")
    pressed_at = models.DateTimeField(default=timezone.now)
    edge = models.CharField(max_length=120, blank=True)
    total = models.PositiveIntegerField(null=True, help_text="as far as it was counted")
    seen = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # pressed twice, it is one
            models.UniqueConstraint(
                fields=["by", "sameness"],
                condition=Q(finished_at=None),
                name="bulk_job_once",
            )
        ]
        indexes = [
            # what no worker has in hand
            models.Index(
                fields=["claimed_until"], name="bulk_job_due", condition=Q(finished_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.by_id}"

    @property
    def left(self) -> int:
        """What was not done, as only others may, or as it has not ended."""
        return self.seen - self.done
