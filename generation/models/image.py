"""Uploaded images."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import QuerySet, Sum
from django.db.models.functions import Greatest
from django.utils import timezone

from .user import User

LEAST_WEIGHT = 64 * 1024
"""Bytes that every upload counts at least, for its thumbnail and its row."""


class ImageQuerySet(QuerySet["Image"]):
    def weight(self, owner: User) -> int:
        """Bytes of the owner's among these; the smallest counts as LEAST_WEIGHT."""
        weights = self.filter(owner=owner).aggregate(sum=Sum(Greatest("bytes", LEAST_WEIGHT)))
        return int(weights["sum"] or 0)


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
    note = models.CharField(
        max_length=200, blank=True, help_text="what was done to it, for the member"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    uploaded_at = models.DateTimeField(default=timezone.now, help_text="the last time")

    objects = ImageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "sha256"], name="image_once_an_owner")
        ]
        indexes = [
            # what a member has used last
            models.Index(fields=["owner", "-uploaded_at"], name="image_recent"),
            # what nobody has uploaded again for long
            models.Index("uploaded_at", name="image_uploaded"),
            # whether another row has the same file
            models.Index("sha256", name="image_content"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.pk)

    def name_for(self, user: User) -> str:
        """What the file was called, for whoever uploaded it; others see no names of files."""
        return self.name if self.owner_id == user.pk else ""
