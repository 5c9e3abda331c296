"""Generation requests."""

import uuid
from collections.abc import Collection, Hashable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models import Case, Prefetch, Q, QuerySet, When
from django.utils import timezone

from generation.catalog import MODELS, ModelSpec

from .reason import FREE, Reason
from .task_indexes import CONSTRAINTS, INDEXES
from .user import User
from .visibility import Visibility

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a task is sent that waits for a person."""


def seen_by(user: User, task: str = "") -> Q:
    """That a task is the `user`'s own or the team's; `task` leads to it from other rows: `task__`.

    Nothing is said of the trash.
    """
    return Q(**{f"{task}owner": user}) | Q(**{f"{task}visibility": Visibility.TEAM})


class TaskQuerySet(QuerySet["Task"]):
    def visible_to(self, user: User) -> "TaskQuerySet":
        """What `user`'s galleries show: own tasks and the team's, without those in the trash."""
        return self.kept().filter(seen_by(user))

    def each_visible_to(self, user: User) -> "TaskQuerySet":
        """The same, for tasks whose ids are given besides.

        A CASE leads to no index: by both sides of an OR SQLite would read all that `user` may see.
        """
        seen = Case(When(seen_by(user), then=True), default=False)
        return self.kept().alias(is_seen=seen).filter(is_seen=True)

    def kept(self) -> "TaskQuerySet":
        return self.filter(trashed_at=None)

    def in_trash(self) -> "TaskQuerySet":
        """What can still be brought back."""
        return self.filter(trashed_at__isnull=False, purged_at=None)

    def reachable_by(self, user: User) -> "TaskQuerySet":
        """What `user` may open by address: as above, own ones in the trash, and everything for
        admins (audited).
        """
        if user.is_staff:
            return self
        return self.filter(Q(owner=user) | Q(visibility=Visibility.TEAM, trashed_at=None))

    def running(self) -> "TaskQuerySet":
        # The end is named too: SQLite takes a partial index by IS NULL, never by bound words.
        return self.filter(finished_at=None, state__in=Task.RUNNING)

    def for_cards(self) -> "TaskQuerySet":
        # In a query of their own: joined, PostgreSQL may read the inputs of all tasks to sort them.
        of_input = apps.get_model("generation", "TaskImage")
        inputs = Prefetch("images", of_input._default_manager.select_related("image"))
        return self.select_related("owner", "review").prefetch_related("outputs", inputs)

    def due_to_send(self, now: datetime | None = None) -> "TaskQuerySet":
        now = now or timezone.now()
        return self.filter(held_since=None, state=Task.State.QUEUED, next_attempt_at__lte=now)

    def held(self) -> "TaskQuerySet":
        """Waiting for an admin, as the database was restored; see lifecycle/hold.py."""
        return self.filter(held_since__isnull=False, state=Task.State.QUEUED)

    def over_budget(self) -> "TaskQuerySet":
        """Waiting for an admin to release them; see lifecycle/over_budget.py."""
        asked = self.filter(held_since=None, state=Task.State.QUEUED, reason=Reason.OVER_BUDGET)
        # The index of what is queued, which knows the time.
        return asked.filter(next_attempt_at=NEVER)

    def to_retry(self, by: datetime) -> "TaskQuerySet":
        waiting = self.filter(held_since=None, state=Task.State.QUEUED)
        return waiting.filter(attempts__gt=0, next_attempt_at__lte=by)

    def for_admins(self) -> "TaskQuerySet":
        at_risk = Q(state=Task.State.ARCHIVING, reason=Reason.AT_RISK)
        held = Q(held_since__isnull=False, state=Task.State.QUEUED)
        asked = Q(state=Task.State.QUEUED, held_since=None, next_attempt_at=NEVER)
        return self.filter(Q(state=Task.State.UNCERTAIN) | at_risk | held | asked)

    def in_flight(self) -> "TaskQuerySet":
        """At the gateway, or on the way there: what the limits of keys and members count."""
        return self.filter(finished_at=None, state__in=Task.IN_FLIGHT)

    def in_line(self) -> "TaskQuerySet":
        return self.order_by("next_attempt_at", "born_revision")

    def free_without_a_word(self) -> "TaskQuerySet":
        """Those that cost nothing although the gateway told no cost; see `Task.charge`."""
        return self.filter(
            Q(sent_at=None) | Q(reason__in=FREE), cost=None, settled=None, was_held=False
        )

    def open(self) -> "TaskQuerySet":
        """Ended, and nobody knows what they cost; see `Task.charge`."""
        may_be_charged = Q(sent_at__isnull=False) & ~Q(reason__in=FREE)
        ended = self.filter(cost=None, settled=None, finished_at__isnull=False)
        return ended.filter(may_be_charged | Q(was_held=True))

    def alike(self, owner: User, fingerprints: Collection[str]) -> "TaskQuerySet":
        return self.filter(owner=owner, fingerprint__in=fingerprints)

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
    AT_GATEWAY = (State.SUBMITTING, State.PROCESSING, State.ARCHIVING, State.UNCERTAIN)
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
    fingerprint = models.CharField(
        max_length=64, null=True, editable=False, help_text="what was asked for, in short"
    )

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
    settled = models.DecimalField(
        max_digits=12,
        decimal_places=6,
        null=True,
        blank=True,
        help_text="what a person or the bill said it cost; it counts before the gateway's word",
    )

    trashed_at = models.DateTimeField(
        null=True, blank=True, help_text="all that one press has moved to the trash has the same"
    )
    purged_at = models.DateTimeField(
        null=True, blank=True, help_text="its files are gone; the row and its money stay"
    )

    objects = TaskQuerySet.as_manager()

    drawings: dict[Hashable, str] | None = None
    """What was drawn of exactly these rows, where they are kept; see models/card_tasks.py."""

    class Meta:
        constraints = CONSTRAINTS
        indexes = INDEXES

    def __str__(self) -> str:
        return f"{self.model} {self.pk}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("task", args=[self.pk])

    @property
    def spec(self) -> ModelSpec | None:
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
    def model_title(self) -> str:
        return self.spec.title if self.spec else self.model

    def title(self, most: int | None = None) -> str:
        """What was asked for as one line, cut after `most` characters; without words, the model."""
        words = " ".join(self.prompt.split()) or self.model_title
        return words if most is None or len(words) <= most else f"{words[:most]}…"

    @property
    def is_running(self) -> bool:
        return self.state in self.RUNNING

    @property
    def percent(self) -> int:
        if self.state in (self.State.COMPLETED, self.State.ARCHIVING):
            return 100
        return round(100 * (self.progress or 0))

    @property
    def is_held(self) -> bool:
        return self.state == self.State.QUEUED and self.held_since is not None

    @property
    def is_over_budget(self) -> bool:
        return self.state == self.State.QUEUED and self.reason == Reason.OVER_BUDGET

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
        What a person or the gateway's bill has settled since counts before all of it.
        """
        if self.settled is not None:
            return self.settled
        if self.cost is not None:
            return self.cost
        turned_away = self.sent_at is None or self.reason in FREE
        return Decimal(0) if turned_away and not self.was_held else None

    @property
    def charged(self) -> bool | None:
        return None if self.charge is None else self.charge > 0
