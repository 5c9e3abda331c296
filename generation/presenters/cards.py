"""A task as a card: its pictures and facts, and what can be done with it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import uuid4

from generation.catalog import effective
from generation.models import Output, Task
from generation.people.access import may_cancel, may_repeat, may_resolve

from . import charges, shapes
from .addresses import address
from .files import file_name
from .pictures import Picture, picture
from .prices import PriceAgain, expected_again
from .status import Status
from .verdicts import Mark, mark

State = Task.State

ROWS = (121, 206)
"""Pixels that a row is high on a phone and on a desk, as static/js/rows.js makes them."""

MOST_SAID = 200
"""Characters of a prompt on a card: two lines of the widest."""

MOST_NAMED = 80
"""Characters of a prompt by which a card is called."""


@dataclass(frozen=True, slots=True)
class Action:
    """A button of a card: a link, or a POST; with `price` it makes a task, once a form."""

    kind: str
    url: str
    label: str
    icon: str
    name: str
    price: PriceAgain | None = None


class Card(Status):
    """A status with what a card shows beside it; `liked` by whoever looks."""

    def __init__(self, *args: Any, liked: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.liked = liked

    @cached_property
    def submission(self) -> str:
        """What a form sends that makes a task once."""
        return str(uuid4())

    @cached_property
    def _stored(self) -> Output | None:
        return self.output if self.output and self.output.is_stored else None

    @cached_property
    def url(self) -> str:
        return address("task", self.task.pk)

    @cached_property
    def poster(self) -> str:
        output = self._stored
        return address("output-poster", output.pk) if output else ""

    @cached_property
    def video(self) -> str:
        output = self._stored
        return address("output", output.pk) if output and output.kind == "video" else ""

    @cached_property
    def image(self) -> str:
        output = self._stored
        return address("output", output.pk) if output and output.kind == "image" else ""

    @property
    def file_name(self) -> str:
        output = self._stored
        return file_name(output) if output else ""

    @property
    def mime(self) -> str:
        output = self._stored
        return output.mime if output else ""

    @property
    def width(self) -> int | None:
        return self.output.width if self.output else None

    @property
    def height(self) -> int | None:
        return self.output.height if self.output else None

    @cached_property
    def input_thumb(self) -> str:
        for given in self.task.images.all():
            if given.image_id:
                return address("image-thumbnail", given.image_id)
        return ""

    @cached_property
    def picture(self) -> Picture | None:
        output = self._stored
        if output:
            return picture(output)
        return Picture(self.input_thumb) if self.input_thumb else None

    @cached_property
    def ratio(self) -> float:
        return shapes.shown_ratio(self.task, self._stored)

    @cached_property
    def shape(self) -> str:
        return shapes.css_class(self.ratio)

    @property
    def sizes(self) -> str:
        """How wide the tile is; browsers that measure it themselves take their own figure."""
        narrow, wide = (round(self.ratio * row) for row in ROWS)
        return f"auto, (width < 48rem) {narrow}px, {wide}px"

    @cached_property
    def badge(self) -> str:
        output = self._stored
        if not output or not output.duration:
            return ""
        seconds = round(output.duration)
        return f"{seconds // 60}:{seconds % 60:02d}"

    @cached_property
    def said(self) -> str:
        return self.task.title(MOST_SAID)

    @cached_property
    def stopped(self) -> bool:
        task = self.task
        waits = self.at_risk or task.is_held or task.is_over_budget
        return not self.poster and (waits or not self.running)

    @property
    def name(self) -> str:
        """What a screen reader calls the card."""
        kind = ("video" if self.video else "image") if self.poster else self.words
        said = self.review.label if self.review else ""
        return ", ".join(part for part in (self.title, kind, self.badge, said, self.by) if part)

    @cached_property
    def review(self) -> Mark | None:
        return mark(self.task)

    @cached_property
    def values(self) -> dict[str, object]:
        return effective(self.task.spec, self.task.params) if self.task.spec else {}

    @property
    def model_title(self) -> str:
        return self.task.model_title

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

    @cached_property
    def price(self) -> str:
        return charges.price(self.task)

    @cached_property
    def title(self) -> str:
        return self.task.title(MOST_NAMED)

    @cached_property
    def by(self) -> str:
        return "" if self.mine else self.task.owner.username

    @cached_property
    def action(self) -> Action | None:
        task = self.task
        if self.state == State.UNCERTAIN:
            label = "Decide" if may_resolve(self.user, task) else "Look"
            return Action("link", self.url, label, "", "decide")
        if self.at_risk or task.is_held or task.is_over_budget:
            return Action("link", self.url, "Look", "", "look")
        if task.spec is None:
            return None
        return self._again() if self.again_helps else self.remix("Edit")

    @property
    def again_helps(self) -> bool:
        if not may_repeat(self.user, self.task):
            return False
        if self.state in (State.LOST, State.CANCELED):
            return True
        return bool(self.explanation and self.explanation.retry_helps)

    @cached_property
    def cancel(self) -> Action | None:
        if not may_cancel(self.user, self.task):
            return None
        return Action("post", address("task-cancel", self.task.pk), "Cancel", "x", "cancel")

    def _again(self) -> Action:
        url = address("task-again", self.task.pk)
        return self._paid(url, "Run again", "rotate-cw", "again")

    def _paid(self, url: str, label: str, icon: str, name: str) -> Action:
        price = expected_again(self.task)
        return Action("post", url, price.words(label), icon, name, price)

    @cached_property
    def vary(self) -> Action | None:
        task = self.task
        takes_seed = task.spec is not None and task.spec.has("seed")
        if self.state != State.COMPLETED or not takes_seed or not may_repeat(self.user, task):
            return None
        url = address("task-vary", task.pk)
        return self._paid(url, "Vary", "dices", "vary")

    def remix(self, label: str = "Remix") -> Action | None:
        if self.task.spec is None:
            return None
        url = f"{address('studio')}?from={self.task.pk}"
        return Action("link", url, label, "shuffle", "remix")
