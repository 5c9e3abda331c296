"""Secrets that were replaced while tasks made with them were in flight."""

import uuid

from django.db import models
from django.db.models import F, QuerySet

from .api_key import ApiKey
from .secrets import decrypt, encrypt
from .task import Task


class RetiredSecret(models.Model):
    """An older secret of a key: it serves the tasks made with it, and is wiped when they have ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="retired_secrets")
    secret = models.TextField()
    last_four = models.CharField(max_length=4)
    retired_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["retired_at"]

    def __str__(self) -> str:
        return f"…{self.last_four} of {self.key_id}"

    def keep_secret(self, secret: str) -> None:
        self.secret = encrypt(secret, str(self.pk))
        self.last_four = secret[-4:]

    def reveal(self) -> str:
        """The secret, for the worker that asks with it; raises SecretUnreadable."""
        return decrypt(self.secret, str(self.pk))


class RetiredSecretUseQuerySet(QuerySet["RetiredSecretUse"]):
    def valid(self) -> "RetiredSecretUseQuerySet":
        """Of tasks that are still what they were: sent anew a task takes the key's own secret."""
        return self.filter(task__state__in=Task.AT_GATEWAY, task__attempts=F("attempt"))


class RetiredSecretUse(models.Model):
    """A task that was under way, in its `attempt`, when its key got another secret."""

    task = models.OneToOneField(Task, models.CASCADE, primary_key=True, related_name="+")
    attempt = models.PositiveIntegerField()
    retired = models.ForeignKey(RetiredSecret, models.CASCADE, related_name="uses")

    objects = RetiredSecretUseQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.task_id} with {self.retired_id}"
