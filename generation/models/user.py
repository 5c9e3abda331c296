"""People."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from .visibility import Visibility

FEED = ("own_head", "team_head", "busy")
"""What `models.heads` adds to a user: no fields, so others do not have it."""


class UserManager(DjangoUserManager["User"]):
    """By this name the first migration knows it."""


class User(AbstractUser):
    """A member, or an admin when `is_staff`. Logs in by name or e-mail."""

    email = models.EmailField("e-mail address", blank=True)
    monthly_budget = models.DecimalField(
        max_digits=10, decimal_places=2, null=True, blank=True, help_text="USD, empty for none"
    )
    default_visibility = models.CharField(
        max_length=8, choices=Visibility.choices, default=Visibility.TEAM
    )

    objects: UserManager = UserManager()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"), condition=~Q(email=""), name="user_email_unique"
            )
        ]

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Also forgets the feed, which is not a field."""
        super().refresh_from_db(*args, **kwargs)
        for name in FEED:
            self.__dict__.pop(name, None)

    @property
    def initials(self) -> str:
        words = (self.get_full_name() or self.username).replace("@", " ").split()
        return "".join(word[0] for word in words[:2]).upper()
