"""Keys of the gateway."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from .secrets import decrypt, encrypt
from .user import User


class ApiKeyQuerySet(QuerySet["ApiKey"]):
    def visible_to(self, user: User) -> "ApiKeyQuerySet":
        """Keys listed to `user`: own ones; for admins also the team's and that others exist."""
        return self if user.is_staff else self.filter(owner=user)

    def manageable_by(self, user: User) -> "ApiKeyQuerySet":
        """Keys `user` may test, switch off or delete."""
        own = Q(owner=user)
        return self.filter(own | Q(owner=None)) if user.is_staff else self.filter(own)

    def usable_by(self, user: User) -> "ApiKeyQuerySet":
        """Keys `user` may spend on: the team's that are for them and own ones, team first."""
        listed = ApiKey.members.through.objects.filter(apikey=OuterRef("pk"), user=user)
        of_team = Q(owner=None) & (Q(everyone=True) | Q(Exists(listed)))
        keys = self.filter(of_team | Q(owner=user), active=True)
        if not settings.SANDBOX:
            keys = keys.filter(trial=False)
        return keys.order_by(models.F("owner").asc(nulls_first=True), "created_at")

    def named_to(self, user: User) -> "ApiKeyQuerySet":
        """Keys whose label `user` may read: own ones and the team's, for admins all."""
        return self if user.is_staff else self.filter(Q(owner=user) | Q(owner=None))

    def refused(self) -> "ApiKeyQuerySet":
        """In use, but the gateway refuses them: what is queued waits for a person."""
        return self.filter(active=True, paused_at__isnull=False)


class ApiKey(models.Model):
    """One key. Without an owner it is the team's. The secret is write-only for people.

    `paused_at` is set when the gateway refused the key (401, 403): its tasks wait until it works.
    `last_error` is what is wrong with it now, `failing_since` since when.
    `trial` marks the key that the first run made for the sandbox; it is never sent elsewhere.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    label = models.CharField(max_length=80)
    secret = models.TextField()
    last_four = models.CharField(max_length=4)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="api_keys"
    )
    everyone = models.BooleanField(
        default=True, help_text="a team key: the whole team may spend on it, not `members` alone"
    )
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")
    active = models.BooleanField(default=True)
    trial = models.BooleanField(default=False)
    monthly_budget = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    max_in_flight = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="tasks at the gateway at once; empty for the setting"
    )
    polls_wait_until = models.DateTimeField(
        null=True, blank=True, help_text="how long the gateway asked us not to look"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    has_retired_secret = models.BooleanField(
        default=False, editable=False, help_text="an older secret still serves tasks in flight"
    )

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.label

    def __repr__(self) -> str:
        return f"<ApiKey {self.pk} …{self.last_four}>"

    @property
    def worked_at(self) -> datetime | None:
        """When the gateway has last accepted it, as far as is noted."""
        return max(filter(None, [self.last_used_at, self.verified_at]), default=None)

    def keep_secret(self, secret: str) -> None:
        self.secret = encrypt(secret, str(self.pk))
        self.last_four = secret[-4:]

    def reveal(self) -> str:
        """The secret, for the worker that sends it; raises SecretUnreadable."""
        return decrypt(self.secret, str(self.pk))
