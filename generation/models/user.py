"""People."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower

from .task import Task, Visibility


class UserManager(DjangoUserManager["User"]):
    def with_feed_head(self) -> QuerySet["User"]:
        """Adds `own_head`, `team_head` and `busy`: all the live page needs to say "nothing new".

        Each is one step in an index, so the row of the logged-in user carries them always.
        """
        tasks = Task.objects.order_by("-revision").values("revision")
        own = tasks.filter(owner=OuterRef("pk"))
        team = tasks.filter(visibility=Visibility.TEAM)
        running = Task.objects.running().filter(
            Q(owner=OuterRef("pk")) | Q(visibility=Visibility.TEAM)
        )
        return self.annotate(
            own_head=Subquery(own[:1]),
            team_head=Subquery(team[:1]),
            busy=models.Exists(running),
        )


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

    def _annotated(self, name: str) -> Any:
        """What `with_feed_head` has added; users loaded otherwise have nothing in the feed."""
        return self.__dict__.get(name)

    @property
    def own_feed_head(self) -> int:
        """The newest revision among the user's own tasks."""
        return self._annotated("own_head") or 0

    @property
    def feed_head(self) -> int:
        """The newest revision this user may see."""
        return max(self.own_feed_head, self._annotated("team_head") or 0)

    @property
    def feed_is_busy(self) -> bool:
        """Whether anything the user may see is in flight."""
        return bool(self._annotated("busy"))

    @property
    def initials(self) -> str:
        words = (self.get_full_name() or self.username).replace("@", " ").split()
        return "".join(word[0] for word in words[:2]).upper()
