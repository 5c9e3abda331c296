"""Short texts that members put into prompts."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet

from .user import User
from .visibility import Visibility


class SnippetQuerySet(QuerySet["Snippet"]):
    def visible_to(self, user: User) -> "SnippetQuerySet":
        return self.filter(Q(owner=user) | Q(visibility=Visibility.TEAM))

    def editable_by(self, user: User) -> "SnippetQuerySet":
        """Own ones and, for admins, the team's."""
        return self.visible_to(user) if user.is_staff else self.filter(owner=user)


class Snippet(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="snippets")
    text = models.CharField(max_length=300)
    visibility = models.CharField(max_length=8, choices=Visibility.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SnippetQuerySet.as_manager()

    class Meta:
        ordering = ["text"]

    def __str__(self) -> str:
        return self.text[:60]
