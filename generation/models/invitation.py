"""Invitations to the team."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone


class Role(models.TextChoices):
    MEMBER = "member", "Member"
    ADMIN = "admin", "Admin"


class InvitationQuerySet(QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        return self.unused().filter(expires_at__gt=timezone.now())

    def unused(self) -> "InvitationQuerySet":
        """Neither accepted nor withdrawn; their time may be over."""
        return self.filter(accepted_at=None, revoked_at=None)


class Invitation(models.Model):
    """A place in the team for whoever has the link. Of its token only a hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    label = models.CharField(max_length=80, blank=True)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.MEMBER)
    monthly_budget = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.label or self.email

    def __repr__(self) -> str:
        return f"<Invitation {self.pk}>"

    @property
    def is_over(self) -> bool:
        return self.expires_at <= timezone.now()
