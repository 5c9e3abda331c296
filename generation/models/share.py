"""Links by which somebody without an account sees one result or one collection."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from .collection import Collection
from .task import Task


class ShareQuerySet(QuerySet["Share"]):
    def open(self) -> "ShareQuerySet":
        """Those of members who have left end with them."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now(), made_by__is_active=True)


class Share(models.Model):
    """Of its token only a hash is kept, of its password what is kept of every password."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="shares")
    task = models.ForeignKey(Task, models.CASCADE, null=True, related_name="shares")
    collection = models.ForeignKey(Collection, models.CASCADE, null=True, related_name="shares")
    token_hash = models.CharField(max_length=64, unique=True)
    password = models.CharField(max_length=128, blank=True)
    shows_texts = models.BooleanField(default=False)
    shows_names = models.BooleanField(default=False)
    takes_comments = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(task=None, collection__isnull=False)
                | Q(task__isnull=False, collection=None),
                name="share_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"Share {self.pk}"
