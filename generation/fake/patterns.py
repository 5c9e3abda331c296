"""A few hundred made-up tasks, each a plausible life from submit to end, with its timeline."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from generation.catalog import MODELS, ModelSpec, ParameterKind, deadline_seconds
from generation.models import (
    EventKind,
    Image,
    Output,
    Reason,
    Subject,
    Task,
    TaskEvent,
    TaskImage,
    TaskSubject,
    User,
    Visibility,
    words,
)
from generation.money import ledger

from .files import Sample
from .people import LABEL

State = Task.State
SCENES = (
    "A calm sea at dawn, slow camera towards the lighthouse",
    "A red tram in the rain, reflections on wet cobbles",
    "Product shot of a ceramic cup, soft light from the left, steam",
    "A fox runs through fresh snow, the camera follows low above the ground",
    "Two friends laugh on a roof terrace, the city at night behind them",
    "Close-up of hands kneading dough, flour in the air, warm kitchen",
)
SHARES = {
    State.COMPLETED: 0.93,
    State.FAILED: 0.045,
    State.CANCELED: 0.02,
    State.LOST: 0.005,
}
"""How many of a hundred tasks end how; a handful of uncertain ones is made beside these."""

PRIVATE = 0.1
REASONS = (
    (Reason.GENERATION, "110001", "The prompt was refused by the content review", None),
    (Reason.REFUSED, "", "The image is too small", 400),
)
HONEST = "Queued. Made up by manage.py fake_history: no gateway has ever seen this task."

BECAUSE = ledger.Because("fake")


@dataclass
class Pattern:
    """One task with all rows that belong to it, not yet stored."""

    task: Task
    events: list[TaskEvent] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    images: list[TaskImage] = field(default_factory=list)
    subjects: list[TaskSubject] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who and what appears in the tasks."""

    users: list[User]
    image: Image
    subjects: list[Subject]
    samples: list[Sample]


def make_patterns(
    count: int, people: Cast, began: datetime, window: timedelta, uncertain: int
) -> list[Pattern]:
    """`count` tasks, submitted between `began` and `window` later, oldest first.

    The first `uncertain` of them wait for a person. The same every time for the same arguments, but for the ids.
    """
    chance = random.Random(7)  # noqa: S311
    times = sorted(chance.random() for _ in range(count))
    return [
        _pattern(
            chance,
            people,
            _at(began + at * window),
            State.UNCERTAIN if number < uncertain else None,
        )
        for number, at in enumerate(times)
    ]


def _at(moment: datetime) -> datetime:
    """In milliseconds: more is lost when SQLite moves the time of a copy."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _pattern(
    chance: random.Random, people: Cast, at: datetime, state: Task.State | None
) -> Pattern:
    spec = chance.choice(list(MODELS.values()))
    state = state or chance.choices(list(SHARES), list(SHARES.values()))[0]
    params = _params(chance, spec)
    task = Task(
        owner=chance.choice(people.users),
        key_label=LABEL,
        model=spec.id,
        params=params,
        visibility=Visibility.PRIVATE if chance.random() < PRIVATE else Visibility.TEAM,
        state=state,
        created_at=at,
        next_attempt_at=at,
    )
    pattern = Pattern(task)
    _give_inputs(pattern, spec, people)
    given = {
        "images": [one.image for one in pattern.images],
        "subjects": [{"name": one.handle} for one in pattern.subjects],
    }
    price = spec.list_price({**params, **given})
    task.estimate, task.estimate_note = price.usd, price.note[:120]
    _live(chance, pattern, spec, people)
    return pattern


def _params(chance: random.Random, spec: ModelSpec) -> dict[str, Any]:
    params: dict[str, Any] = {"prompt": f"{chance.choice(SCENES)} (fake)"}
    for name in ("duration", "resolution", "aspect_ratio"):
        if not spec.has(name) or chance.random() < 0.4:
            continue
        parameter = spec.parameter(name)
        if parameter.options:
            params[name] = parameter.options[0].value
        elif parameter.minimum is not None and parameter.maximum is not None:
            params[name] = min(parameter.maximum, max(parameter.minimum, 5))
    if chance.random() < 0.2:
        params["seed"] = chance.randrange(1, 10**6)
    return params


def _give_inputs(pattern: Pattern, spec: ModelSpec, people: Cast) -> None:
    task = pattern.task
    if any(parameter.kind is ParameterKind.SUBJECTS for parameter in spec.parameters):
        subject = people.subjects[task.created_at.microsecond // 1000 % len(people.subjects)]
        used = TaskSubject(
            task=task,
            subject=subject,
            handle=subject.handle,
            title=subject.title,
            position=0,
            made_at=task.created_at,
        )
        pattern.subjects.append(used)
        pattern.images.append(TaskImage(task=task, subject=used, image=people.image, position=0))
    elif any(parameter.kind is ParameterKind.IMAGES for parameter in spec.parameters):
        pattern.images.append(TaskImage(task=task, image=people.image, position=0))


def _live(chance: random.Random, pattern: Pattern, spec: ModelSpec, people: Cast) -> None:
    task, at = pattern.task, pattern.task.created_at
    say = _Timeline(pattern)
    say(EventKind.QUEUED, at, State.QUEUED, HONEST, who=task.owner)
    if task.state == State.CANCELED:
        task.finished_at = at + timedelta(seconds=chance.uniform(1, 20))
        say(EventKind.CANCELED, task.finished_at, State.CANCELED, "Canceled while it waited.")
        return
    task.attempts, task.sent_at = 1, at + timedelta(seconds=chance.uniform(0.2, 3))
    say(EventKind.CLAIMED, task.sent_at, State.SUBMITTING, "A worker prepares the request.")
    say(EventKind.SENDING, task.sent_at, State.SUBMITTING, "The request leaves now.")
    reason, code, words, status = chance.choice(REASONS)
    if task.state == State.UNCERTAIN:
        task.reason = Reason.NO_ANSWER
        text = "The request left, no clear answer came back."
        say(EventKind.UNCERTAIN, task.sent_at, State.UNCERTAIN, text)
        return
    if task.state == State.FAILED and reason == Reason.REFUSED:
        task.finished_at = task.sent_at + timedelta(seconds=1)
        task.reason, task.http_status, task.error_message = reason, status, words
        say(EventKind.REFUSED, task.finished_at, State.FAILED, f"Not accepted: {words}")
        return
    task.accepted_at = task.sent_at + timedelta(seconds=chance.uniform(0.3, 1.5))
    task.remote_id = f"fake-{task.pk.hex}"
    task.deadline_at = task.accepted_at + timedelta(seconds=deadline_seconds(spec, task.params))
    seconds = spec.typical_seconds(task.params) * chance.uniform(0.6, 1.8)
    ended = task.accepted_at + timedelta(seconds=seconds)
    task.polls = round(seconds / 5)
    say(EventKind.ACCEPTED, task.accepted_at, State.PROCESSING, "The gateway accepted the task.")
    if task.state == State.FAILED:
        task.reason, task.error_code, task.error_message = reason, code, words
        task.finished_at = ended
        say(EventKind.FAILED, ended, State.FAILED, f"The gateway reports a failure: {words}")
        return
    task.generated_at, task.progress, task.gateway_status = ended, 1.0, "completed"
    task.cost = task.estimate if task.estimate is not None else Decimal("0.1")
    task.finished_at = ended + timedelta(seconds=chance.uniform(0.5, 4))
    say(EventKind.GENERATED, ended, State.ARCHIVING, "The gateway finished. Saving the result.")
    _give_output(pattern, chance.choice([s for s in people.samples if s.kind == spec.output]))
    if task.state == State.LOST:
        task.reason = Reason.EXPIRED
        text = "The result's address died before the file was safe."
        say(EventKind.LOST, task.finished_at, State.LOST, text)
    else:
        say(EventKind.COMPLETED, task.finished_at, State.COMPLETED, "The result is saved.")


def _give_output(pattern: Pattern, sample: Sample) -> None:
    task = pattern.task
    assert task.generated_at
    output = Output(
        task=task,
        kind=sample.kind,
        source_url="https://example.invalid/fake",
        expires_at=task.generated_at + timedelta(hours=24),
        next_attempt_at=task.generated_at,
        attempts=1,
    )
    if task.state == State.LOST:
        output.state, output.last_error = Output.State.LOST, "The address answered 404"
    else:
        output.state, output.stored_at = Output.State.STORED, task.finished_at
        for name, value in sample.fields.items():
            setattr(output, name, value)
    pattern.outputs.append(output)


@dataclass
class _Timeline:
    pattern: Pattern

    def __call__(
        self, kind: EventKind, at: datetime, state: Task.State, text: str, who: User | None = None
    ) -> None:
        task = self.pattern.task
        self.pattern.events.append(
            TaskEvent(task=task, at=at, kind=kind, state=state, text=text, who=who)
        )


def rows(patterns: list[Pattern]) -> Iterator[list[Any]]:
    """All rows, a list a table, in an order in which they can be stored."""
    yield [pattern.task for pattern in patterns]
    yield [line for pattern in patterns for line in ledger.made_up(pattern.task, BECAUSE)]
    yield [words.row_of(pattern.task, pattern.subjects) for pattern in patterns]
    for name in ("subjects", "images", "events", "outputs"):
        yield [row for pattern in patterns for row in getattr(pattern, name)]
