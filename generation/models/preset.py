"""Settings of the studio's form that members have named, to take them again."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from generation.catalog import MODELS, ModelSpec

from .user import User
from .visibility import Visibility


class PresetQuerySet(QuerySet["Preset"]):
    def visible_to(self, user: User) -> "PresetQuerySet":
        return self.filter(Q(owner=user) | Q(visibility=Visibility.TEAM))

    def editable_by(self, user: User) -> "PresetQuerySet":
        """Own ones and, for admins, the team's."""
        return self.visible_to(user) if user.is_staff else self.filter(owner=user)

    def for_pages(self, user: User) -> "PresetQuerySet":
        """Each with `is_default`: whether `user` begins with it."""
        default = PresetDefault.objects.filter(user=user, preset=OuterRef("pk"))
        return self.select_related("owner").annotate(is_default=Exists(default))


class Preset(models.Model):
    """`fields` are those of the form by their names, each with the texts given; never images."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="presets")
    name = models.CharField(max_length=60)
    model = models.CharField(max_length=64, help_text="of the catalogue, which may lose it")
    visibility = models.CharField(max_length=8, choices=Visibility.choices)
    fields = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PresetQuerySet.as_manager()

    class Meta:
        ordering = ["name", "created_at"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="preset_own_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def spec(self) -> ModelSpec | None:
        return MODELS.get(self.model)


class PresetDefault(models.Model):
    """With which preset a member begins when they pick a model and have set nothing yet."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    model = models.CharField(max_length=64)
    preset = models.ForeignKey(Preset, models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "model"], name="preset_default_once")
        ]

    def __str__(self) -> str:
        return f"{self.model} of {self.user_id}"
