"""What a task is doing, what happened to it, and what that means: one honest line."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.utils import timezone

from generation.catalog import Explanation, Fixer, explain, explain_http
from generation.catalog.money import usd
from generation.lifecycle.pacing import seconds_left
from generation.lifecycle.places import Place
from generation.lifecycle.places import places as places_of
from generation.models import Output, Task, User

from .waiting import about, in_line, why

State = Task.State

TONES = {
    State.COMPLETED: "ok",
    State.FAILED: "bad",
    State.LOST: "bad",
    State.UNCERTAIN: "warn",
    State.CANCELED: "quiet",
}
ICONS = {
    State.QUEUED: "clock",
    State.SUBMITTING: "send",
    State.PROCESSING: "loader",
    State.ARCHIVING: "download",
    State.COMPLETED: "check",
    State.FAILED: "circle-alert",
    State.LOST: "circle-x",
    State.UNCERTAIN: "circle-question-mark",
    State.CANCELED: "ban",
}
FIXERS = {
    Fixer.MEMBER: "You can fix this.",
    Fixer.ADMIN: "An admin has to fix this.",
    Fixer.PROVIDER: "This is the provider's to fix.",
}


class Status:
    """What a task is doing, in words for `user`; needs a task loaded by `for_cards`.

    `places` are those of a whole page, asked for once (see `cards`).
    """

    def __init__(self, task: Task, user: User, places: Mapping[UUID, Place] | None = None) -> None:
        self.task, self.user = task, user
        self._places = places

    @cached_property
    def place(self) -> Place | None:
        """Where it stands in the line before the gateway."""
        places = places_of([self.task]) if self._places is None else self._places
        return places.get(self.task.pk)

    @cached_property
    def output(self) -> Output | None:
        return next(iter(self.task.outputs.all()), None)

    @property
    def state(self) -> str:
        return self.task.state

    @property
    def at_risk(self) -> bool:
        return self.state == State.ARCHIVING and bool(self.output and self.output.last_error)

    @property
    def tone(self) -> str:
        return "warn" if self.at_risk else TONES.get(State(self.state), "busy")

    @property
    def icon(self) -> str:
        return ICONS[State(self.state)]

    @property
    def running(self) -> bool:
        return self.task.is_running

    @cached_property
    def explanation(self) -> Explanation | None:
        task = self.task
        if self.state != State.FAILED:
            return None
        if task.reason == "refused" and task.http_status and not task.error_code:
            return explain_http(task.http_status, task.error_code, task.error_message, task.spec)
        if task.reason in ("refused", "generation"):
            return explain(task.spec, task.error_code, task.error_message)
        return None

    @property
    def words(self) -> str:
        if self.at_risk:
            return "Not safe yet"
        match State(self.state):
            case State.UNCERTAIN:
                return self._unsure()
            case State.LOST:
                return "Result lost"
            case State.FAILED:
                return self.explanation.what.rstrip(".") if self.explanation else self._failed()
            case state:
                return str(state.label)

    def _unsure(self) -> str:
        if self.task.reason == "no-answer":
            return "No answer: may have been charged"
        return "Unsure what became of it"

    def _failed(self) -> str:
        return {
            "key": "The key cannot be used",
            "input": "An input image is missing or too large",
            "gave-up": "Given up",
        }.get(self.task.reason, "Failed")

    @property
    def detail(self) -> str:
        """What happened and what can be done, in a sentence or two."""
        task = self.task
        if self.at_risk:
            return "The result could not be fetched yet. Trying again by itself."
        match State(self.state):
            case State.QUEUED if task.reason in ("busy", "unreachable"):
                return (
                    "The gateway asked us to wait."
                    if task.reason == "busy"
                    else "The gateway cannot be reached. Trying again by itself."
                )
            case State.QUEUED:
                return why(self.place, mine=task.owner_id == self.user.pk)
            case State.PROCESSING if task.reason == "key":
                return "The gateway refuses the key. It goes on when an admin has mended the key."
            case State.PROCESSING if task.unreachable_since:
                return f"Gateway unreachable since {task.unreachable_since:%H:%M} UTC. The task goes on there."
            case State.FAILED:
                return self._failure_detail()
            case State.UNCERTAIN:
                return self._uncertain_detail()
            case State.LOST:
                return (
                    "The gateway finished it, but its address died before the file was saved here."
                )
            case _:
                return ""

    def _failure_detail(self) -> str:
        if self.explanation is None:
            return self.task.error_message
        return f"{self.explanation.advice} {FIXERS[self.explanation.fixer]}".strip()

    def _uncertain_detail(self) -> str:
        at = self.task.sent_at or self.task.created_at
        if self.task.reason == "no-answer":
            return f"The request left at {at:%H:%M} UTC, nothing clear came back. We never send twice by ourselves."
        return self.task.error_message or "The gateway no longer tells about this task."

    @property
    def charge(self) -> str:
        if self.running or self.state == State.COMPLETED:
            return ""
        charged = self.task.charged
        if charged is None:
            return (
                "Charged, as far as is known."
                if self.state == State.LOST
                else "It may have been charged."
            )
        return f"Charged {usd(self.task.cost or Decimal(0))}." if charged else "Not charged."

    @property
    def percent(self) -> int:
        return self.task.percent

    @property
    def show_progress(self) -> bool:
        return self.state in (State.PROCESSING, State.ARCHIVING) and not self.at_risk

    @property
    def headline(self) -> str:
        if self.state == State.PROCESSING:
            return f"{self.percent} %" if self.task.progress else "Waiting for the model"
        if self.state == State.ARCHIVING:
            return "" if self.at_risk else "Saving the result"
        return in_line(self.place) if self.state == State.QUEUED else str(State(self.state).label)

    @cached_property
    def ready_at(self) -> datetime | None:
        """When it will be ready if it takes as long as usual; None once that is over."""
        if self.state != State.PROCESSING or self.task.reason == "key":
            return None
        left = seconds_left(self.task, timezone.now())
        return None if left is None else timezone.now() + timedelta(seconds=left)

    @property
    def left(self) -> str:
        """How long it still takes, about; "" when nobody can say."""
        return about((self.ready_at - timezone.now()).total_seconds()) if self.ready_at else ""

    @property
    def cannot_cancel(self) -> bool:
        return self.state in (State.SUBMITTING, State.PROCESSING)

    @property
    def since(self) -> datetime | None:
        return self.task.created_at if self.running else None

    @property
    def until(self) -> datetime | None:
        return self.output.expires_at if self.at_risk and self.output else None
