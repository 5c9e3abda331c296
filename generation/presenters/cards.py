"""A task as a card: its pictures and facts, and what can be done with it."""

from dataclasses import dataclass
from functools import cached_property
from uuid import uuid4

from django.urls import reverse

from generation.catalog import effective
from generation.models import Output, Task
from generation.people.access import may_cancel, may_repeat

from . import charges
from .status import Status

State = Task.State


@dataclass(frozen=True, slots=True)
class Action:
    """A button of a card: a link, or a POST; with `token` the same form makes its task once."""

    kind: str
    url: str
    label: str
    icon: str
    name: str
    primary: bool = False
    token: str = ""


class Card(Status):
    """A status with what a card shows beside it."""

    def _stored(self) -> Output | None:
        return self.output if self.output and self.output.is_stored else None

    @property
    def poster(self) -> str:
        output = self._stored()
        return reverse("output-poster", args=[output.pk]) if output else ""

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
        return charges.price(self.task)

    @property
    def title(self) -> str:
        text = " ".join(self.task.prompt.split())
        return (text[:80] + "…") if len(text) > 80 else text or self.model_title

    @property
    def by(self) -> str:
        return "" if self.mine else self.task.owner.username

    @property
    def actions(self) -> list[Action]:
        task = self.task
        repeats = [self._again()] if may_repeat(self.user, task) else []
        match State(self.state):
            case State.QUEUED if may_cancel(self.user, task):
                return [
                    Action("post", reverse("task-cancel", args=[task.pk]), "Cancel", "x", "cancel")
                ]
            case State.FAILED | State.CANCELED if task.spec:
                return [*repeats, self._filled("Edit and resend", "pencil", "edit")]
            case State.LOST if task.spec:
                return repeats
            case State.UNCERTAIN:
                return [
                    Action(
                        "link", task.get_absolute_url(), "What now?", "circle-question-mark", "what"
                    )
                ]
            case State.COMPLETED if task.spec:
                return [self._filled("Remix", "shuffle", "remix")]
            case _:
                return []

    def _again(self) -> Action:
        url, token = reverse("task-again", args=[self.task.pk]), str(uuid4())
        return Action("post", url, "Try again", "rotate-cw", "again", token=token)

    def _filled(self, label: str, icon: str, name: str) -> Action:
        """To the studio, filled with what went into the task."""
        return Action("link", f"{reverse('studio')}?from={self.task.pk}", label, icon, name)
