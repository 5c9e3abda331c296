"""Named characters and objects with reference images and a voice."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q, QuerySet

from .image import Image
from .task import Visibility

if TYPE_CHECKING:
    from .user import User

handle_validator = RegexValidator(
    r"\A[a-z0-9_]{1,32}\Z", "Use 1 to 32 small letters, digits or underscores."
)


class SubjectQuerySet(QuerySet["Subject"]):
    def visible_to(self, user: "User") -> "SubjectQuerySet":
        """Team subjects and own ones; admins see all."""
        if user.is_staff:
            return self
        return self.filter(Q(owner=user) | Q(visibility=Visibility.TEAM))

    def editable_by(self, user: "User") -> "SubjectQuerySet":
        return self if user.is_staff else self.filter(owner=user)

    def current(self) -> "SubjectQuerySet":
        return self.filter(archived_at=None)


class Subject(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    handle = models.CharField(max_length=32, unique=True, validators=[handle_validator])
    title = models.CharField(max_length=80)
    notes = models.TextField(blank=True, max_length=2000)
    voice_id = models.CharField(max_length=120, blank=True)
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.TEAM)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="subjects")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = SubjectQuerySet.as_manager()

    class Meta:
        ordering = ["handle"]

    def __str__(self) -> str:
        return f"@{self.handle}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("subject", args=[self.handle])


class SubjectImage(models.Model):
    subject = models.ForeignKey(Subject, models.CASCADE, related_name="images")
    image = models.ForeignKey(Image, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "position"], name="subject_image_position")
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.position}"
