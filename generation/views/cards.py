"""A task as a card: its pictures and facts, and what can be done with it."""

from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse

from generation.catalog import effective
from generation.catalog.money import usd
from generation.lifecycle.places import places as places_of
from generation.models import Output, Task, User

from .status import Status

State = Task.State


@dataclass(frozen=True, slots=True)
class Action:
    """A button of a card: a link, or a POST."""

    kind: str
    url: str
    label: str
    icon: str
    name: str
    primary: bool = False


class Card(Status):
    """A status with what a card shows beside it."""

    def _stored(self) -> Output | None:
        return self.output if self.output and self.output.is_stored else None

    @property
    def poster(self) -> str:
        output = self._stored()
        return reverse("output-thumbnail", args=[output.pk]) if output else ""

    @property
    def video(self) -> str:
        output = self._stored()
        return reverse("output", args=[output.pk]) if output and output.kind == "video" else ""

    @property
    def image(self) -> str:
        output = self._stored()
        return reverse("output", args=[output.pk]) if output and output.kind == "image" else ""

    @property
    def width(self) -> int | None:
        return self.output.width if self.output else None

    @property
    def height(self) -> int | None:
        return self.output.height if self.output else None

    @property
    def input_thumb(self) -> str:
        for given in self.task.images.all():
            if given.image_id:
                return reverse("image-thumbnail", args=[given.image_id])
        return ""

    @property
    def badge(self) -> str:
        output = self._stored()
        if output and output.duration:
            seconds = round(output.duration)
            return f"{seconds // 60}:{seconds % 60:02d}"
        return str(self.values.get("resolution", "")) if output else ""

    @cached_property
    def values(self) -> dict[str, object]:
        return effective(self.task.spec, self.task.params) if self.task.spec else {}

    @property
    def model_title(self) -> str:
        return self.task.spec.title if self.task.spec else self.task.model

    @property
    def facts(self) -> str:
        duration = self.values.get("duration")
        parts = [
            self.model_title,
            f"{duration} s" if duration else "",
            str(self.values.get("resolution") or ""),
            str(self.values.get("aspect_ratio") or ""),
        ]
        return " · ".join(part for part in parts if part)

    @property
    def price(self) -> str:
        if self.task.cost is not None:
            return usd(self.task.cost)
        if self.task.estimate is not None and self.running:
            return f"about {usd(self.task.estimate)}"
        return ""

    @property
    def title(self) -> str:
        text = " ".join(self.task.prompt.split())
        return (text[:80] + "…") if len(text) > 80 else text or self.model_title

    @property
    def by(self) -> str:
        return "" if self.task.owner_id == self.user.pk else self.task.owner.username

    @property
    def actions(self) -> list[Action]:
        task = self.task
        again = Action(
            "post", reverse("task-again", args=[task.pk]), "Try again", "rotate-cw", "again"
        )
        edit = Action(
            "link", f"{reverse('studio')}?from={task.pk}", "Edit and resend", "pencil", "edit"
        )
        mine = task.owner_id == self.user.pk or self.user.is_staff
        match State(self.state):
            case State.QUEUED if mine:
                return [
                    Action("post", reverse("task-cancel", args=[task.pk]), "Cancel", "x", "cancel")
                ]
            case State.FAILED | State.CANCELED if task.spec:
                return [again, edit]
            case State.LOST if task.spec:
                return [again]
            case State.UNCERTAIN:
                return [
                    Action(
                        "link", task.get_absolute_url(), "What now?", "circle-question-mark", "what"
                    )
                ]
            case State.COMPLETED if task.spec:
                remix = Action(
                    "link", f"{reverse('studio')}?from={task.pk}", "Remix", "shuffle", "remix"
                )
                return [remix]
            case _:
                return []


def cards(tasks: list[Task], user: User) -> list[Card]:
    """The cards of a page, in a constant number of queries."""
    places = places_of(tasks)
    return [Card(task, user, places) for task in tasks]
