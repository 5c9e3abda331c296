"""What members say to each other about a result."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from .task import Task, seen_by
from .user import User


class CommentQuerySet(QuerySet["Comment"]):
    def visible_to(self, user: User) -> "CommentQuerySet":
        return self.filter(seen_by(user, "task__"), task__trashed_at=None)

    def editable_by(self, user: User) -> "CommentQuerySet":
        return self.visible_to(user).filter(member=user)

    def deletable_by(self, user: User) -> "CommentQuerySet":
        """Own ones and, for admins, all of what they see."""
        return self.visible_to(user) if user.is_staff else self.editable_by(user)


class Comment(models.Model):
    """Plain text. `second` is the moment of the film that it is about."""

    LONGEST = 2000
    MOST = 500
    """On one task."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.ForeignKey(Task, models.CASCADE, related_name="comments", db_index=False)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="comments", db_index=False
    )
    text = models.TextField(max_length=LONGEST)
    second = models.FloatField(null=True)
    written_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        indexes = [
            # those of a task, newest first
            models.Index(fields=["task", "-written_at", "-id"], name="comment_list"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
