"""What members say of a result: stars, tags, a note.

Stars and notes are each member's own, a note also for the team if they want that; tags are shared by all who
see the task. `visible_to` says for each which of them `user` may find or filter by: nothing of what is in the trash. `made_at` is when the
task was made, for lists that go as galleries do.
"""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from .task import Task, seen_by
from .user import User
from .visibility import Visibility

STARS = (1, 2, 3, 4, 5)


class RatingQuerySet(QuerySet["Rating"]):
    def visible_to(self, user: User) -> "RatingQuerySet":
        return self.filter(seen_by(user, "task__"), task__trashed_at=None)


class Rating(models.Model):
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="ratings", db_index=False
    )
    task = models.ForeignKey(Task, models.CASCADE, related_name="ratings")
    stars = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(STARS[0]), MaxValueValidator(STARS[-1])]
    )
    made_at = models.DateTimeField()

    objects = RatingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "task"], name="rating_once"),
            models.CheckConstraint(condition=Q(stars__range=(1, 5)), name="rating_stars"),
        ]
        indexes = [
            # what a member gave stars: the most first, then the newest task
            models.Index(fields=["member", "-stars", "-made_at", "-task"], name="rating_feed"),
        ]

    def __str__(self) -> str:
        return f"{self.stars} of {self.task_id} by {self.member_id}"


class TagQuerySet(QuerySet["Tag"]):
    def visible_to(self, user: User) -> "TagQuerySet":
        return self.filter(seen_by(user, "task__"), task__trashed_at=None)


class Tag(models.Model):
    """One word or some, in small letters, on one task; `by` is who put it there first."""

    LONGEST = 40
    MOST = 20
    """On one task."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="tags", db_index=False)
    name = models.CharField(max_length=LONGEST)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["task", "name"], name="tag_once")]
        indexes = [
            # what has a tag, newest task first
            models.Index(fields=["name", "-made_at", "-task"], name="tag_feed"),
            # a member's newest, to choose from
            models.Index(fields=["by", "-id"], name="tag_by"),
        ]

    def __str__(self) -> str:
        return self.name


class NoteQuerySet(QuerySet["Note"]):
    def visible_to(self, user: User) -> "NoteQuerySet":
        """Own ones and those for the team, of tasks that `user` sees."""
        return self.readable_by(user).filter(seen_by(user, "task__"), task__trashed_at=None)

    def readable_by(self, user: User) -> "NoteQuerySet":
        """Of tasks that `user` may open, in the trash too."""
        return self.filter(Q(member=user) | Q(visibility=Visibility.TEAM))


class Note(models.Model):
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notes", db_index=False
    )
    task = models.ForeignKey(Task, models.CASCADE, related_name="notes")
    text = models.TextField(max_length=2000)
    folded = models.TextField(
        db_default="", default="", editable=False, help_text="as searches look through it"
    )
    visibility = models.CharField(max_length=8, choices=Visibility.choices)
    written_at = models.DateTimeField(default=timezone.now)
    made_at = models.DateTimeField()

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["written_at"]
        constraints = [models.UniqueConstraint(fields=["member", "task"], name="note_once")]

    def __str__(self) -> str:
        return self.text[:60]
