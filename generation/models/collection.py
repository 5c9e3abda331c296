"""Results that belong together, in an order made by hand."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet

from .ledger import NO_KEY
from .task import Task
from .user import User
from .visibility import Visibility


class CollectionQuerySet(QuerySet["Collection"]):
    def visible_to(self, user: User) -> "CollectionQuerySet":
        return self.filter(Q(owner=user) | Q(visibility=Visibility.TEAM))

    def editable_by(self, user: User) -> "CollectionQuerySet":
        """Own ones and, for admins, the team's."""
        return self.visible_to(user) if user.is_staff else self.filter(owner=user)


class Collection(models.Model):
    """A team's collection shows to each member only what they may see of it anyway."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="collections")
    title = models.CharField(max_length=80)
    notes = models.TextField(max_length=2000, blank=True)
    visibility = models.CharField(
        max_length=8, choices=Visibility.choices, default=Visibility.PRIVATE
    )
    cover = models.ForeignKey(Task, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CollectionQuerySet.as_manager()

    class Meta:
        ordering = ["title", "created_at"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "title"], name="collection_own_title")
        ]

    def __str__(self) -> str:
        return self.title


class CollectionItem(models.Model):
    """`day` to `kept` are the figures of its task, which reports add up: triggers write them
    (collected_triggers.py), and nothing else but rebuild_usage. Amounts are millionths of a USD.
    """

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="items")
    task = models.ForeignKey(Task, models.CASCADE, related_name="collected")
    position = models.PositiveIntegerField()
    day = models.DateField(null=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    key = models.UUIDField(default=NO_KEY, db_default=NO_KEY, editable=False)
    model = models.CharField(max_length=64, default="", db_default="", editable=False)
    charged = models.BigIntegerField(default=0, db_default=0, editable=False)
    held = models.BigIntegerField(default=0, db_default=0, editable=False)
    kept = models.BigIntegerField(default=0, db_default=0, editable=False, help_text="milliseconds")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["collection", "task"], name="collection_item_once")
        ]

    def __str__(self) -> str:
        return f"{self.task_id} in {self.collection_id}"
