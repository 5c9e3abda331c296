"""How often subjects were used, and what that cost: counted as it happens."""

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet

from .subject import Subject
from .user import User
from .visibility import Visibility

UNKNOWN_VERSION = 0
"""Of tasks that were made before versions were kept."""


class SubjectUseQuerySet(QuerySet["SubjectUse"]):
    def visible_to(self, user: User) -> "SubjectUseQuerySet":
        """What `user`'s own tasks and the team's add up to."""
        return self.filter(Q(member=user) | Q(visibility=Visibility.TEAM))


class SubjectUse(models.Model):
    """Tasks of one member with one version: few rows, whatever the history.

    `visibility` is that of the tasks when they were made. `spent` is USD of tasks that have ended;
    a task with several subjects counts for each of them.
    """

    subject = models.ForeignKey(Subject, models.CASCADE, related_name="uses")
    number = models.PositiveIntegerField(default=UNKNOWN_VERSION)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    visibility = models.CharField(max_length=8, choices=Visibility.choices)
    tasks = models.PositiveIntegerField(default=0)
    completed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0, help_text="ended otherwise, but not canceled")
    spent = models.DecimalField(max_digits=14, decimal_places=6, default=0)

    objects = SubjectUseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "number", "member", "visibility"], name="subject_use_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.number}"
