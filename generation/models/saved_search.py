"""Filters of the gallery that members have named, to open them again."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet

from .user import User
from .visibility import Visibility


class SavedSearchQuerySet(QuerySet["SavedSearch"]):
    def visible_to(self, user: User) -> "SavedSearchQuerySet":
        return self.filter(Q(owner=user) | Q(visibility=Visibility.TEAM))

    def editable_by(self, user: User) -> "SavedSearchQuerySet":
        """Own ones and, for admins, the team's."""
        return self.visible_to(user) if user.is_staff else self.filter(owner=user)


class SavedSearch(models.Model):
    """`query` is what stands behind the gallery's address; it is read anew whenever it is opened."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="searches")
    name = models.CharField(max_length=60)
    query = models.TextField(max_length=4000)
    visibility = models.CharField(max_length=8, choices=Visibility.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        ordering = ["name", "created_at"]
        verbose_name_plural = "saved searches"
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="search_own_name")]

    def __str__(self) -> str:
        return self.name
