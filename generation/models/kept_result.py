"""How long what is kept is, and where the roll-up counts it. Triggers write both (kept_triggers.py)."""

from django.conf import settings
from django.db import models

from .ledger import NO_KEY
from .task import Task


class KeptResult(models.Model):
    """One completed task that is kept and has a length, with the place of its figures as they were then."""

    task = models.OneToOneField(Task, models.CASCADE, primary_key=True, related_name="+")
    day = models.DateField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    key = models.UUIDField(default=NO_KEY)
    model = models.CharField(max_length=64)
    milliseconds = models.BigIntegerField()

    class Meta:
        indexes = [
            # what is kept of a day, beside its rows of the roll-up
            models.Index(fields=["day", "user", "key", "model"], name="kept_result_place"),
        ]

    def __str__(self) -> str:
        return f"{self.milliseconds} ms of {self.task_id}"


class TeamZone(models.Model):
    """One row: the time zone by whose days the roll-up counts, where triggers can read it."""

    name = models.CharField(max_length=64, primary_key=True)

    def __str__(self) -> str:
        return self.name
