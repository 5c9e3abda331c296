"""What members say to each other about a result."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from .share import Share
from .task import Task, seen_by
from .user import User


class CommentQuerySet(QuerySet["Comment"]):
    def visible_to(self, user: User) -> "CommentQuerySet":
        return self.filter(seen_by(user, "task__"), task__trashed_at=None)

    def editable_by(self, user: User) -> "CommentQuerySet":
        return self.visible_to(user).filter(member=user)

    def deletable_by(self, user: User) -> "CommentQuerySet":
        """Own ones, those of guests on own results and, for admins, all of what they see."""
        seen = self.visible_to(user)
        return (
            seen
            if user.is_staff
            else seen.filter(Q(member=user) | Q(member=None, task__owner=user))
        )


class Comment(models.Model):
    """Plain text. `second` is the moment of the film that it is about.

    Without `member` it was written by a guest of `share`, under the name that they typed.
    """

    LONGEST = 2000
    MOST = 500
    """On one task."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.ForeignKey(Task, models.CASCADE, related_name="comments", db_index=False)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="comments", db_index=False
    )
    guest = models.CharField(max_length=60, blank=True)
    share = models.ForeignKey(Share, models.SET_NULL, null=True, related_name="comments")
    text = models.TextField(max_length=LONGEST)
    second = models.FloatField(null=True)
    written_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(member__isnull=False) | ~Q(guest=""), name="comment_of_somebody"
            )
        ]
        indexes = [
            # those of a task, newest first
            models.Index(fields=["task", "-written_at", "-id"], name="comment_list"),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def who(self) -> str:
        return self.member.display_name if self.member else self.guest
