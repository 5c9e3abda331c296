"""Uploaded images."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

if TYPE_CHECKING:
    from .user import User


class ImageQuerySet(QuerySet["Image"]):
    def visible_to(self, user: "User") -> "ImageQuerySet":
        """Own uploads, and what went into a task or a subject that `user` may see."""
        from .subject import Subject
        from .task import Task

        in_task = Task.objects.reachable_by(user).filter(images__image=OuterRef("pk"))
        in_subject = Subject.objects.visible_to(user).filter(images__image=OuterRef("pk"))
        return self.filter(Q(owner=user) | Exists(in_task) | Exists(in_subject))


class Image(models.Model):
    """A checked upload: cleaned of metadata, one row an owner and content, one file a content."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="images")
    name = models.CharField(max_length=200, blank=True, help_text="what the member called the file")
    sha256 = models.CharField(max_length=64)
    format = models.CharField(max_length=8)
    mime = models.CharField(max_length=32)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    file = models.FileField(max_length=200)
    thumbnail = models.FileField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ImageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "sha256"], name="image_once_an_owner")
        ]

    def __str__(self) -> str:
        return self.name or str(self.pk)
