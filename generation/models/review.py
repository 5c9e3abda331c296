"""What the team has decided about a result."""

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from .task import Task, seen_by
from .user import User


class Verdict(models.TextChoices):
    APPROVED = "approved", "Approved"
    NEEDS_WORK = "needs-work", "Needs work"
    REJECTED = "rejected", "Rejected"


class ReviewQuerySet(QuerySet["Review"]):
    def visible_to(self, user: User) -> "ReviewQuerySet":
        return self.filter(seen_by(user, "task__"))


class Review(models.Model):
    """The last word on a task, whoever said it; earlier ones stand in its timeline.

    `made_at` is when the task was made, for lists that go as galleries do.
    """

    task = models.OneToOneField(Task, models.CASCADE, related_name="review")
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField(default=timezone.now)
    made_at = models.DateTimeField()

    objects = ReviewQuerySet.as_manager()

    class Meta:
        indexes = [
            # what has been decided so, newest task first
            models.Index(fields=["verdict", "-made_at", "-task"], name="review_feed"),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.task_id}"
