"""Lines of money: append-only, as a trigger of the database sees to."""

from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .task import Task

NO_KEY = UUID(int=0)
"""Of a task that never had a key: a unique row of the roll-up needs a value."""


class LedgerEntry(models.Model):
    """One line of money of one task. Never changed and never deleted: what was wrong gets a line more.

    User, key and model are as they were when the task was made. `reason` is the kind of the event
    that moved the money, or what a person wrote; `actor` the person.
    """

    class Kind(models.TextChoices):
        ESTIMATE = "estimate"
        RESERVED = "reserved"
        CHARGED = "charged"
        RELEASED = "released"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    task = models.ForeignKey(Task, models.PROTECT, related_name="ledger")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    key = models.UUIDField(default=NO_KEY, help_text="stays when the key is deleted")
    key_label = models.CharField(max_length=80, blank=True)
    model = models.CharField(max_length=64)
    amount = models.DecimalField(max_digits=12, decimal_places=6, help_text="USD")
    discount = models.CharField(max_length=40, blank=True, help_text="as the gateway sent it")
    reason = models.CharField(max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "ledger entries"

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.task_id}"


class Figures(models.Model):
    """Counts and amounts of the tasks that were submitted on one day of the team's time zone.

    Amounts are millionths of a USD, as whole numbers: adding them up over and over stays exact.
    """

    day = models.DateField()
    key = models.UUIDField(default=NO_KEY)
    key_label = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=8, help_text="what the model makes")
    tasks = models.IntegerField(default=0)
    completed = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    lost = models.IntegerField(default=0)
    canceled = models.IntegerField(default=0)
    unknown = models.IntegerField(default=0, help_text="ended, and nobody knows what they cost")
    wasted = models.IntegerField(default=0, help_text="failed or lost, but charged")
    estimate = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    charged = models.BigIntegerField(default=0)
    unknown_held = models.BigIntegerField(default=0)
    wasted_charge = models.BigIntegerField(default=0)
    compared_estimate = models.BigIntegerField(
        default=0, help_text="of completed tasks of which both are known"
    )
    compared_charge = models.BigIntegerField(default=0)
    milliseconds = models.BigIntegerField(default=0, help_text="of completed results")
    kept = models.BigIntegerField(
        default=0, db_default=0, help_text="milliseconds of those that are kept; triggers write it"
    )
    most = models.BigIntegerField(
        default=0, db_default=0, help_text="no task of them was charged more; not a sum"
    )

    class Meta:
        abstract = True

    SUMS: ClassVar[tuple[str, ...]] = (
        *("tasks", "completed", "failed", "lost", "canceled", "unknown", "wasted"),
        *("estimate", "held", "charged", "unknown_held", "wasted_charge"),
        *("compared_estimate", "compared_charge", "milliseconds", "kept"),
    )
    MOST = "most"


class DailyTotal(Figures):
    """By key and kind alone: a few rows a day, for long ranges of everybody."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "key", "kind"], name="daily_total_once")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}"


class Usage(Figures):
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    model = models.CharField(max_length=64)

    class Meta:
        abstract = True


class DailyUsage(Usage):
    """By member, key and model; kept in the transaction of each line (generation/money/rollup.py)."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "user", "key", "model"], name="daily_usage_once")
        ]
        indexes = [
            # what a member, and what a key, has spent this month
            models.Index(fields=["user", "day"], name="daily_usage_user"),
            models.Index(fields=["key", "day"], name="daily_usage_key"),
            # the chart of one model
            models.Index(fields=["model", "day"], name="daily_usage_model"),
            # the latest days with tasks that failed but were charged
            models.Index(fields=["-day"], name="daily_usage_wasted", condition=Q(wasted__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.user_id} {self.model}"


class MonthlyUsage(Usage):
    """The sums of the daily rows of a month; `day` is its first."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "user", "key", "model"], name="monthly_usage_once"
            )
        ]
        indexes = [models.Index(fields=["user", "day"], name="monthly_usage_user")]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m} {self.user_id} {self.model}"


class SubjectUsage(Usage):
    """By subject too; a task with two subjects counts for each of them."""

    handle = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "user", "key", "model", "handle"], name="subject_usage_each_once"
            )
        ]
        indexes = [models.Index(fields=["handle", "day"], name="subject_usage_handle")]

    def __str__(self) -> str:
        return f"{self.day} {self.user_id} @{self.handle}"


class MonthlySubjectUsage(Usage):
    handle = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "user", "key", "model", "handle"], name="monthly_subject_usage_once"
            )
        ]
        indexes = [models.Index(fields=["handle", "day"], name="monthly_subject_usage_handle")]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m} {self.user_id} @{self.handle}"
