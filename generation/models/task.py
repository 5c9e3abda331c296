"""Generation requests."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from generation.catalog import MODELS, ModelSpec

from .reason import FREE, Reason
from .user import User
from .visibility import Visibility


class TaskQuerySet(QuerySet["Task"]):
    def visible_to(self, user: User) -> "TaskQuerySet":
        """What `user`'s galleries show: own tasks and the team's."""
        return self.filter(Q(owner=user) | Q(visibility=Visibility.TEAM))

    def reachable_by(self, user: User) -> "TaskQuerySet":
        """What `user` may open by address: as above, and everything for admins (audited)."""
        return self if user.is_staff else self.visible_to(user)

    def running(self) -> "TaskQuerySet":
        # The end is named too: SQLite takes a partial index by IS NULL, never by bound words.
        return self.filter(finished_at=None, state__in=Task.RUNNING)

    def for_cards(self) -> "TaskQuerySet":
        """With all that a card shows, in a constant number of queries."""
        return self.select_related("owner").prefetch_related("outputs", "images__image", "subjects")

    def due_to_send(self, now: datetime | None = None) -> "TaskQuerySet":
        now = now or timezone.now()
        return self.filter(held_since=None, state=Task.State.QUEUED, next_attempt_at__lte=now)

    def held(self) -> "TaskQuerySet":
        """Waiting for an admin, as the database was restored; see lifecycle/hold.py."""
        return self.filter(held_since__isnull=False, state=Task.State.QUEUED)

    def to_retry(self, by: datetime) -> "TaskQuerySet":
        """Back in the queue after a try that did not arrive, and due by then."""
        waiting = self.filter(held_since=None, state=Task.State.QUEUED)
        return waiting.filter(attempts__gt=0, next_attempt_at__lte=by)

    def for_admins(self) -> "TaskQuerySet":
        """What an admin should look at: uncertain ones, results that are not safe yet, held ones."""
        at_risk = Q(state=Task.State.ARCHIVING, reason=Reason.AT_RISK)
        held = Q(held_since__isnull=False, state=Task.State.QUEUED)
        return self.filter(Q(state=Task.State.UNCERTAIN) | at_risk | held)

    def in_flight(self) -> "TaskQuerySet":
        """At the gateway, or on the way there: what the limits of keys and members count."""
        return self.filter(finished_at=None, state__in=Task.IN_FLIGHT)

    def in_line(self) -> "TaskQuerySet":
        """In the order in which one member's tasks on one key are sent."""
        return self.order_by("next_attempt_at", "born_revision")

    def free_without_a_word(self) -> "TaskQuerySet":
        """Those that cost nothing although the gateway told no cost; see `Task.charge`."""
        return self.filter(Q(sent_at=None) | Q(reason__in=FREE), cost=None, was_held=False)

    def due_to_poll(self, now: datetime | None = None) -> "TaskQuerySet":
        return self.filter(state=Task.State.PROCESSING, next_poll_at__lte=now or timezone.now())


class Task(models.Model):
    """One request of one member, from submit to archived result. Never deleted.

    `state` is changed by `generation.lifecycle` only, always by a conditional UPDATE.
    `params` are the gateway's own names and values, without images, subjects and long texts.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        SUBMITTING = "submitting", "Sending"
        PROCESSING = "processing", "Generating"
        ARCHIVING = "archiving", "Saving"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"
        LOST = "lost", "Lost"
        UNCERTAIN = "uncertain", "Unsure"
        CANCELED = "canceled", "Canceled"

    IN_FLIGHT = (State.SUBMITTING, State.PROCESSING)
    RUNNING = (State.QUEUED, State.SUBMITTING, State.PROCESSING, State.ARCHIVING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="tasks")
    key = models.ForeignKey("ApiKey", models.SET_NULL, null=True, blank=True, related_name="tasks")
    key_label = models.CharField(max_length=80, blank=True)
    model = models.CharField(max_length=64)
    params = models.JSONField(default=dict)
    visibility = models.CharField(max_length=8, choices=Visibility.choices)
    again_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="repeats"
    )
    submission = models.UUIDField(
        default=uuid.uuid4, help_text="one filled form, however often sent"
    )
    variation = models.PositiveSmallIntegerField(default=0)

    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    revision = models.BigIntegerField()
    born_revision = models.BigIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    claimed_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(
        null=True, blank=True, help_text="from here on it may have arrived"
    )
    held_since = models.DateTimeField(
        null=True, blank=True, help_text="it waits for an admin: it may have been sent already"
    )
    was_held = models.BooleanField(
        default=False, help_text="a request of before a restore may have been charged"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    remote_id = models.CharField(max_length=200, blank=True)
    callback_token = models.CharField(
        max_length=64, blank=True, help_text="the unguessable part of our callback address"
    )

    next_poll_at = models.DateTimeField(null=True, blank=True)
    polls = models.PositiveIntegerField(default=0)
    misses = models.PositiveSmallIntegerField(default=0, help_text="404s in a row")
    empty_results = models.PositiveSmallIntegerField(default=0)
    generated_at = models.DateTimeField(
        null=True, blank=True, help_text="when we noticed that the gateway had finished"
    )
    deadline_at = models.DateTimeField(null=True, blank=True)
    unreachable_since = models.DateTimeField(null=True, blank=True)
    progress = models.FloatField(null=True, blank=True, help_text="0 to 1")
    gateway_status = models.CharField(max_length=40, blank=True)

    reason = models.CharField(
        max_length=32, blank=True, choices=Reason.choices, help_text="why it ended or waits"
    )
    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)

    estimate = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    estimate_note = models.CharField(max_length=120, blank=True)
    cost = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "submission", "variation"], name="task_once_a_submission"
            ),
            models.UniqueConstraint(
                fields=["remote_id"], condition=~Q(remote_id=""), name="task_remote_id"
            ),
        ]
        indexes = [
            # a callback, which knows its task only by the token
            models.Index(
                fields=["callback_token"], name="task_callback", condition=~Q(callback_token="")
            ),
            # what the last finished tasks of a model took
            models.Index(
                fields=["model", "-generated_at"],
                name="task_generated",
                condition=Q(generated_at__isnull=False),
            ),
            # galleries: newest first, own and the team's
            models.Index(fields=["owner", "-created_at", "-id"], name="task_own_feed"),
            models.Index(fields=["visibility", "-created_at", "-id"], name="task_team_feed"),
            # the live page: newest revision a member may see, and what changed since
            models.Index(fields=["owner", "revision"], name="task_own_revision"),
            models.Index(fields=["visibility", "revision"], name="task_team_revision"),
            # Django's admin: newest first, all and by state
            models.Index(fields=["-created_at", "-id"], name="task_newest"),
            # the engine page: which are uncertain; how many ended, and how
            models.Index(fields=["state", "-created_at", "-id"], name="task_state"),
            models.Index(
                fields=["finished_at", "state"],
                name="task_finished",
                condition=Q(finished_at__isnull=False),
            ),
            # the workers' questions
            models.Index(
                "next_attempt_at",
                name="task_to_send",
                condition=Q(state="queued", held_since=None),
            ),
            models.Index(
                fields=["key", "owner", "next_attempt_at", "born_revision"],
                name="task_in_line",
                condition=Q(state="queued", held_since=None),
            ),
            models.Index("held_since", name="task_held", condition=Q(held_since__isnull=False)),
            models.Index(
                fields=["key", "owner"],
                name="task_in_flight",
                condition=Q(finished_at=None),
            ),
            models.Index("next_poll_at", name="task_to_poll", condition=Q(state="processing")),
            models.Index("claimed_until", name="task_claimed", condition=Q(state="submitting")),
            # the live page: whether anything a member may see is running
            models.Index(
                fields=["owner", "state"], name="task_own_running", condition=Q(finished_at=None)
            ),
            models.Index(
                fields=["visibility", "state"],
                name="task_team_running",
                condition=Q(finished_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.pk}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("task", args=[self.pk])

    @property
    def spec(self) -> ModelSpec | None:
        """The model's description; None for a model the catalogue no longer has."""
        return MODELS.get(self.model)

    def whole_params(self) -> dict[str, Any]:
        """`params` with the long values too, which one more query fetches: not for cards."""
        try:
            return {**self.params, **self.long_text.params}
        except ObjectDoesNotExist:
            return dict(self.params)

    @property
    def prompt(self) -> str:
        return str(self.params.get("prompt", ""))

    @property
    def is_running(self) -> bool:
        return self.state in self.RUNNING

    @property
    def percent(self) -> int:
        """0 to 100 for the card: what the gateway said, 100 once it is done."""
        if self.state in (self.State.COMPLETED, self.State.ARCHIVING):
            return 100
        return round(100 * (self.progress or 0))

    @property
    def is_held(self) -> bool:
        """Whether it waits for an admin, as the database was restored."""
        return self.state == self.State.QUEUED and self.held_since is not None

    @property
    def elapsed(self) -> timedelta:
        return (self.finished_at or timezone.now()) - self.created_at

    @property
    def charge(self) -> Decimal | None:
        """USD that the gateway has taken for it so far; None when that is not known.

        Everything that speaks of money says this. What the gateway told counts, 0 too; an empty
        cost tells nothing. Without its word a task costs nothing only as long as no request for
        it can have become a task there: none has left, each was surely lost on the way or put
        off (all of which clear `sent_at`), or it was refused. Whatever ended otherwise may have
        been charged, however it ended here; so may what a restored database does not know of.
        """
        if self.cost is not None:
            return self.cost
        turned_away = self.sent_at is None or self.reason in FREE
        return Decimal(0) if turned_away and not self.was_held else None

    @property
    def charged(self) -> bool | None:
        """Whether money was taken; None when that is not known."""
        return None if self.charge is None else self.charge > 0


class TaskSubject(models.Model):
    """A subject as it was when the task was made."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="subjects")
    subject = models.ForeignKey("Subject", models.SET_NULL, null=True, related_name="+")
    handle = models.CharField(max_length=32)
    title = models.CharField(max_length=80)
    voice_id = models.CharField(max_length=120, blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return f"@{self.handle}"


class TaskImage(models.Model):
    """One input image: an upload, or an address that only the gateway opens."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="images")
    subject = models.ForeignKey(
        TaskSubject, models.CASCADE, null=True, blank=True, related_name="images"
    )
    image = models.ForeignKey("Image", models.PROTECT, null=True, related_name="+")
    url = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.url or str(self.image)
