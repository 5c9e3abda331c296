"""Files that tasks produced."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from generation.media.renditions import LARGE, SMALL
from generation.media.thumbnails import CARD

from .task import Task
from .user import User

POSTERS = {SMALL: "poster_small", CARD: "poster", LARGE: "poster_large"}
"""Which field names the picture that fits into so many pixels."""


class OutputQuerySet(QuerySet["Output"]):
    def reachable_by(self, user: User) -> "OutputQuerySet":
        """Asks about the task of each: a list of all tasks `user` may open would be all there are."""
        task = Task.objects.reachable_by(user).filter(pk=OuterRef("task"))
        return self.filter(Exists(task))

    def due(self, now: datetime | None = None) -> "OutputQuerySet":
        return self.filter(state=Output.State.PENDING, next_attempt_at__lte=now or timezone.now())

    def to_retry(self, by: datetime) -> "OutputQuerySet":
        return self.filter(state=Output.State.PENDING, attempts__gt=0, next_attempt_at__lte=by)


class Output(models.Model):
    """One result file, from the moment its address is known.

    `next_attempt_at` is also the claim: whoever archives it moves it past its own deadline first.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        STORED = "stored"
        LOST = "lost"
        PURGED = "purged"

    class Kind(models.TextChoices):
        VIDEO = "video"
        IMAGE = "image"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.ForeignKey(Task, models.CASCADE, related_name="outputs")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    source_url = models.TextField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    times_gone = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="how often its address said that the file is gone"
    )
    last_error = models.CharField(max_length=300, blank=True)
    file = models.FileField(max_length=200, blank=True)
    poster = models.FileField(max_length=200, blank=True)
    # Both may be missing: the source was small, or they are made later (lifecycle/missing_pictures.py).
    poster_small = models.FileField(max_length=200, blank=True, default="", db_default="")
    poster_large = models.FileField(max_length=200, blank=True, default="", db_default="")
    poster_bytes = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="of the three; 0 until they were looked for"
    )
    mime = models.CharField(max_length=40, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    duration = models.FloatField(null=True, help_text="seconds")
    bytes = models.PositiveBigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    stored_at = models.DateTimeField(null=True)

    objects = OutputQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["task", "position"], name="output_position")]
        indexes = [
            # OutputQuerySet.due: the archiver's question, asked with every wakeup.
            models.Index("next_attempt_at", name="output_due", condition=Q(state="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def in_time(self) -> bool:
        """Whether its address should still work."""
        return self.expires_at > timezone.now()

    @property
    def sides(self) -> list[int]:
        """Of its pictures, smallest first."""
        return [side for side, name in POSTERS.items() if getattr(self, name)]

    @property
    def is_stored(self) -> bool:
        return self.state == self.State.STORED
