"""What a task is doing, what happened to it, and what that means: one honest line."""

from datetime import datetime, timedelta
from functools import cached_property

from django.utils import timezone

from generation.catalog import Explanation
from generation.catalog.money import usd
from generation.models import Output, Reason, Task, User
from generation.models.reason import REASONS, meaning_of
from generation.people.access import is_own
from generation.scheduling.queue_position import QueuePosition

from . import charges, endings
from .times import words_of
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


class Status:
    """What a task is doing, in words for `user`; needs a task loaded by `for_cards`.

    `place` is where it stands in the line before the gateway, `seconds_left` how long it still
    takes, as far as anybody knows.
    """

    def __init__(
        self,
        task: Task,
        user: User,
        place: QueuePosition | None = None,
        seconds_left: float | None = None,
    ) -> None:
        self.task, self.user, self.place = task, user, place
        self._seconds_left = seconds_left

    @cached_property
    def mine(self) -> bool:
        return is_own(self.user, self.task)

    @cached_property
    def output(self) -> Output | None:
        return next(iter(self.task.outputs.all()), None)

    @property
    def state(self) -> str:
        return self.task.state

    @cached_property
    def risky(self) -> Output | None:
        if self.state != State.ARCHIVING:
            return None
        found = [one for one in self.task.outputs.all() if one.last_error and not one.is_stored]
        return min(found, key=lambda one: one.expires_at, default=None)

    @property
    def at_risk(self) -> bool:
        return self.risky is not None

    @cached_property
    def tone(self) -> str:
        if self.at_risk or self.task.is_held or self.task.is_over_budget:
            return "warn"
        return TONES.get(State(self.state), "busy")

    @property
    def icon(self) -> str:
        return "hand" if self.task.is_held or self.task.is_over_budget else ICONS[State(self.state)]

    @cached_property
    def running(self) -> bool:
        return self.task.is_running

    @cached_property
    def explanation(self) -> Explanation | None:
        return endings.explanation_of(self.task)

    @cached_property
    def words(self) -> str:
        if self.at_risk:
            return REASONS[Reason.AT_RISK].title
        if self.task.is_held:
            return REASONS[Reason.HELD].title
        if self.task.is_over_budget or self.task.reason == Reason.DECLINED:
            return meaning_of(self.task.reason).title
        match State(self.state):
            case State.UNCERTAIN:
                return endings.doubt(self.task)
            case State.LOST:
                return REASONS[Reason.EXPIRED].title
            case State.FAILED:
                return endings.failure(self.task, self.explanation)
            case state:
                return str(state.label)

    @cached_property
    def detail(self) -> str:
        task = self.task
        if self.at_risk:
            return REASONS[Reason.AT_RISK].detail
        if task.is_held:
            return REASONS[Reason.HELD].detail
        match State(self.state):
            case State.QUEUED:
                return meaning_of(task.reason).detail or why(self.place, mine=self.mine)
            case State.PROCESSING if task.reason == Reason.KEY:
                return REASONS[Reason.KEY].detail
            case State.PROCESSING if task.unreachable_since:
                return f"Gateway unreachable since {words_of(task.unreachable_since, 'clock')}. The task goes on there."
            case State.FAILED:
                return endings.failure_detail(task, self.explanation)
            case State.UNCERTAIN:
                return endings.doubt_detail(task)
            case State.CANCELED if task.reason == Reason.DECLINED:
                return task.error_message
            case State.LOST:
                return REASONS[Reason.EXPIRED].detail
            case _:
                return ""

    @property
    def charge(self) -> str:
        told_elsewhere = self.running or self.state == State.COMPLETED
        return "" if told_elsewhere else charges.sentence(self.task)

    @property
    def charged(self) -> str:
        return "" if self.running and self.task.cost is None else charges.word(self.task)

    @property
    def percent(self) -> int:
        return self.task.percent

    @property
    def headline(self) -> str:
        if self.state == State.PROCESSING:
            return f"{self.percent} %" if self.task.progress else "Waiting for the model"
        if self.state == State.ARCHIVING:
            return "" if self.at_risk else "Saving the result"
        if self.task.is_held:
            return "Held"
        if self.task.is_over_budget:
            return REASONS[Reason.OVER_BUDGET].title
        return in_line(self.place) if self.state == State.QUEUED else str(State(self.state).label)

    @property
    def line(self) -> str:
        if self.state != State.PROCESSING:
            return self.headline
        if self.task.reason == Reason.KEY:
            return REASONS[Reason.KEY].title
        if self.task.unreachable_since:
            return "Gateway not reached"
        return f"{self.percent} %" if self.task.progress else "Generating"

    @property
    def short_charge(self) -> str:
        if self.running:
            return ""
        if self.task.charge is None:
            return "Charge not known"
        return f"Charged {usd(self.task.charge)}" if self.task.charged else "Not charged"

    @cached_property
    def ready_at(self) -> datetime | None:
        if self.state != State.PROCESSING or self.task.reason == Reason.KEY:
            return None
        left = self._seconds_left
        return None if left is None else timezone.now() + timedelta(seconds=left)

    @property
    def left(self) -> str:
        return about((self.ready_at - timezone.now()).total_seconds()) if self.ready_at else ""

    @property
    def cannot_cancel(self) -> bool:
        return self.state in (State.SUBMITTING, State.PROCESSING)

    @property
    def since(self) -> datetime | None:
        return self.task.created_at if self.running else None

    @property
    def until(self) -> datetime | None:
        return self.risky.expires_at if self.risky else None

    @property
    def in_time(self) -> bool:
        return self.risky is not None and self.risky.in_time
