"""People."""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from .login_name import folded
from .visibility import Visibility

FEED = ("own_head", "team_head", "busy", "prices")
"""What `models.heads` adds to a user: no fields, so others do not have it."""


HERE = timedelta(minutes=5)
"""For how long after a request somebody counts as here."""


class Theme(models.TextChoices):
    AUTO = "auto", "As the device"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class DigestEvery(models.TextChoices):
    NEVER = "never", "Never"
    DAY = "day", "Every morning"
    WEEK = "week", "On Mondays"


class UserManager(DjangoUserManager["User"]):
    """By this name the first migration knows it."""

    def active_admins(self) -> models.QuerySet["User"]:
        return self.filter(is_staff=True, is_active=True)

    def called(self, given: str) -> "User | None":
        name = folded(given)
        if not name or "\0" in given:
            return None
        found = self.filter(folded_email=name).first() if "@" in name else None
        # An account of old may have no folded name, as another has the same: its own spelling counts.
        return found or self.filter(username=given).first() or self.filter(folded_name=name).first()


class User(AbstractUser):
    """A member, or an admin when `is_staff`. Logs in by name or e-mail.

    `public_id` is what addresses say. A higher `session_version` ends every session there is.
    `folded_name` and `folded_email` are what logins are compared with; "" where another was first.
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail address", blank=True)
    folded_name = models.CharField(max_length=300, blank=True, editable=False)
    folded_email = models.CharField(max_length=300, blank=True, editable=False, db_index=True)
    session_version = models.PositiveIntegerField(default=0, editable=False)
    last_seen_at = models.DateTimeField(null=True, editable=False)
    disabled_at = models.DateTimeField(null=True, editable=False)
    stored_bytes = models.BigIntegerField(
        default=0, editable=False, help_text="uploads and results, measured now and then"
    )
    monthly_budget = models.DecimalField(
        max_digits=10, decimal_places=2, null=True, blank=True, help_text="USD, empty for none"
    )
    default_visibility = models.CharField(
        max_length=8, choices=Visibility.choices, default=Visibility.TEAM
    )
    time_zone = models.CharField(max_length=64, blank=True)
    theme = models.CharField(max_length=8, choices=Theme.choices, default=Theme.AUTO)
    picture = models.FileField(max_length=200, blank=True, editable=False)
    hover_play = models.BooleanField(default=True)
    single_keys = models.BooleanField(default=True, db_default=True)
    mail_notices = models.BooleanField(default=False)
    digest = models.CharField(
        max_length=8,
        choices=DigestEvery.choices,
        default=DigestEvery.NEVER,
        db_default=DigestEvery.NEVER,
    )
    unread_notices = models.PositiveIntegerField(default=0, editable=False)

    objects: UserManager = UserManager()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"), condition=~Q(email=""), name="user_email_unique"
            ),
            models.UniqueConstraint(
                fields=["folded_name"], condition=~Q(folded_name=""), name="user_name_once"
            ),
        ]

    def clean(self) -> None:
        """Refuses a new name or e-mail by which somebody else logs in already."""
        super().clean()
        name, email = folded(self.username), folded(self.email)
        others = User.objects.exclude(pk=self.pk)
        new_name = self._state.adding or (self.folded_name and name != self.folded_name)
        if new_name and others.filter(Q(folded_name=name) | Q(folded_email=name)).exists():
            raise ValidationError({"username": "Somebody has this name already. Choose another."})
        new_email = email and email != self.folded_email
        if new_email and others.filter(Q(folded_name=email) | Q(folded_email=email)).exists():
            raise ValidationError({"email": "Somebody has this e-mail already. Enter another."})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the folded spellings in step; raises IntegrityError when another account has one."""
        self.fold_names()
        only = kwargs.get("update_fields")
        if only is not None:
            also = {"username": "folded_name", "email": "folded_email"}
            kwargs["update_fields"] = {*only, *(also[name] for name in only if name in also)}
        super().save(*args, **kwargs)

    def fold_names(self) -> None:
        """Before a save; also before bulk_create, which calls none.

        An account of old whose name differs from another's in case alone goes on without one.
        """
        if self._state.adding or self.folded_name:
            self.folded_name = folded(self.username)
        self.folded_email = folded(self.email)

    def get_session_auth_hash(self) -> str:
        return self._of_this_version(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for old in super().get_session_auth_fallback_hash():
            yield self._of_this_version(old)

    def _of_this_version(self, session_hash: str) -> str:
        # Those of the first are as Django's own: an upgrade logs nobody out.
        return f"{session_hash}.{self.session_version}" if self.session_version else session_hash

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Also forgets the feed, which is not a field."""
        super().refresh_from_db(*args, **kwargs)
        for name in FEED:
            self.__dict__.pop(name, None)

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username

    @property
    def is_here(self) -> bool:
        seen = self.seen_at
        return self.is_active and seen is not None and seen > timezone.now() - HERE

    @property
    def seen_at(self) -> datetime | None:
        return max(filter(None, [self.last_seen_at, self.last_login]), default=None)

    @property
    def picture_url(self) -> str:
        """Another one for another picture: browsers keep it."""
        from django.urls import reverse

        address = reverse("person-picture", args=[self.public_id])
        return f"{address}?{str(self.picture)[-21:-5]}"

    @property
    def initials(self) -> str:
        words = self.display_name.replace("@", " ").split()
        return "".join(word[0] for word in words[:2]).upper()
