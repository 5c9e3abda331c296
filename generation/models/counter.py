"""Named numbers."""

from datetime import datetime
from typing import Self

from django.db import models


class CounterName(models.TextChoices):
    REVISION = "revision", "every visible change of any task"
    HOLDS = "holds", "how often tasks were held after a restore"
    MARKED = (
        "marked",
        "1 once there was a mark outside the database; no row if its origin is unknown",
    )
    SETUP = "setup", "nothing: those who would be the first admin queue at it"
    ADMINS = "admins", "nothing: those who take rights away from an admin queue at it"
    TEAM_BUDGET = (
        "team-budget",
        "millionths of a USD that the team may spend a month; no row for no limit",
    )
    AUDIT_PRUNING = (
        "audit-pruning",
        "nothing: only while it is there, old lines of the audit log may go",
    )
    RENDITIONS = (
        "renditions",
        "microseconds of the moment up to which older results may lack pictures; 0 for none",
    )
    PRICES = "prices", "how often a price that was learned has changed"
    POLLS = "polls", "polls of the gateway"

    @staticmethod
    def polls_in(minute: datetime) -> str:
        """The name of the polls in that minute; these names sort by time."""
        return f"{_POLLS_IN}{minute:%Y%m%d%H%M}"


_POLLS_IN = f"{CounterName.POLLS}:"


class CounterQuerySet(models.QuerySet["Counter"]):
    def value_of(self, name: CounterName) -> int:
        return self.filter(name=name).values_list("value", flat=True).first() or 0

    def polls_before(self, minute: datetime) -> Self:
        return self.filter(name__startswith=_POLLS_IN, name__lt=CounterName.polls_in(minute))


class Counter(models.Model):
    name = models.CharField(max_length=32, primary_key=True)
    value = models.BigIntegerField(default=0)

    objects = CounterQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} {self.value}"
