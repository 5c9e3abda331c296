"""Bills of the gateway, as admins upload them to compare them with the ledger."""

import uuid

from django.conf import settings
from django.db import models


class Bill(models.Model):
    """One uploaded file. It is read by a worker; then its rows are kept, and the file is not.

    `columns` are numbers of columns, by what they hold. `unit` is the smallest step of its amounts,
    and `total` their sum, in millionths of a USD. `since` and `until` are the days that it is of.
    """

    class State(models.TextChoices):
        COLUMNS = "columns", "Waits for its columns"
        READING = "reading", "Being read"
        READY = "ready", "Read"
        FAILED = "failed", "Could not be read"
        DELETING = "deleting", "Is being deleted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64, unique=True)
    file = models.FileField(max_length=200, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.COLUMNS)
    claimed_until = models.DateTimeField(null=True)
    encoding = models.CharField(max_length=16)
    delimiter = models.CharField(max_length=1)
    header = models.JSONField(default=list)
    sample = models.JSONField(default=list)
    columns = models.JSONField(default=dict)
    key = models.ForeignKey("ApiKey", models.SET_NULL, null=True, related_name="+")
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    lines = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list)
    unit = models.BigIntegerField(default=1)
    total = models.BigIntegerField(default=0)
    compared_at = models.DateTimeField(null=True)
    tallies = models.JSONField(
        null=True, help_text="by verdict: how many, by the bill, here; null to add up"
    )

    class Meta:
        ordering = ["-uploaded_at"]

    def __str__(self) -> str:
        return self.name


class BillRow(models.Model):
    """One line of a bill; `amount` is in millionths of a USD, below 0 for what was given back.

    The first line of each remote id also has the sum of all of its lines (`net`, of `count`), the
    task, the verdict, and what it costs here (`ours`). `settled_at` says that the ledger follows it.
    Below them stands what the bill does not name: tasks without a `net`.
    """

    bill = models.ForeignKey(Bill, models.CASCADE, related_name="rows", db_index=False)
    line = models.PositiveIntegerField()
    remote_id = models.CharField(max_length=200)
    amount = models.BigIntegerField()
    day = models.DateField(null=True)
    net = models.BigIntegerField(null=True)
    count = models.PositiveIntegerField(null=True)
    task = models.ForeignKey("Task", models.PROTECT, null=True, related_name="+", db_index=False)
    ours = models.BigIntegerField(null=True)
    verdict = models.CharField(max_length=8, default="", db_default="")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bill", "line"], name="bill_line_once")]
        indexes = [
            # the sums of a remote id; the same in other bills
            models.Index(fields=["remote_id", "bill"], name="bill_remote_id"),
            # the lists of a bill
            models.Index(fields=["bill", "verdict", "line"], name="bill_verdict"),
            # whether a task is on a bill
            models.Index(
                fields=["task", "bill"], name="bill_task", condition=models.Q(task__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.remote_id} {self.amount}"


class BillFormat(models.Model):
    """Which columns of files with such a head were chosen last."""

    head = models.CharField(max_length=64, primary_key=True, help_text="sha256 of the head")
    columns = models.JSONField()

    def __str__(self) -> str:
        return self.head
