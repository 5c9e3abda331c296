"""What members have put into the studio's form and not sent yet."""

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from .image import Image
from .task import Task
from .user import User


class DraftQuerySet(QuerySet["Draft"]):
    def current(self, user: User) -> "DraftQuerySet":
        return self.filter(owner=user, aside=False).order_by("-saved_at")


class Draft(models.Model):
    """One form of a member for a family of models, as far as it is filled in.

    `fields` are the form's own names, each with the texts given. `source` is the task that a
    remix was filled from; meanwhile the member's own draft is kept `aside`. `version` grows with
    every save, over both.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts")
    family = models.CharField(max_length=24, help_text="a category of the catalogue")
    aside = models.BooleanField(default=False)
    fields = models.JSONField(default=dict)
    images = models.ManyToManyField(Image, related_name="+")
    source = models.ForeignKey(Task, models.SET_NULL, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField(default=timezone.now)

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "family", "aside"], name="draft_once")
        ]

    def __str__(self) -> str:
        return f"{self.family} of {self.owner_id}"
