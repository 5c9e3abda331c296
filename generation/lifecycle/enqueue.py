"""From a valid form to queued tasks."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Exists
from django.urls import reverse
from django.utils import timezone

from generation.catalog import MAX_SEED, ModelSpec, Price
from generation.catalog.matrix import with_combination
from generation.catalog.money import usd
from generation.lifecycle.duplicates import ask_first, fingerprint
from generation.lifecycle.subject_uses import count_made
from generation.lifecycle.transitions import Happened, record
from generation.models import (
    ApiKey,
    EventKind,
    Image,
    Notice,
    Reason,
    Subject,
    SubjectVersion,
    Task,
    TaskImage,
    TaskSubject,
    TaskText,
    User,
    next_revision,
    words,
)
from generation.models.task import NEVER
from generation.models.text import split
from generation.money import budgets, ledger
from generation.money.prices import prices_for, together
from generation.money.shown_price import require_same
from generation.people.inbox import tell_admins
from generation.people.storage_use import require_room
from generation.scheduling.fair_queue import join
from generation.scheduling.submit_limit import check_pace
from generation.workers.failpoints import failpoint
from generation.workers.wakeups import wake_dispatch

APART = timedelta(microseconds=1)
"""Between tasks made together, on a coarse clock too: a search knows them by their moments."""


class KeyNotForOwner(Exception):
    """The owner may not spend on the key any more; the text says so."""

    def __init__(self) -> None:
        super().__init__("This key cannot be used any more. Choose another.")


@dataclass(frozen=True, slots=True)
class Input:
    """One input image: an upload or an address."""

    image: Image | None = None
    url: str = ""

    @property
    def text(self) -> str:
        """How forms name it."""
        return str(self.image.pk) if self.image else self.url


@dataclass(frozen=True, slots=True)
class SubjectInput:
    """A subject as it enters the task: its text, voice and images at this moment.

    The images are in their order; a text among them is an address that the gateway opens.
    """

    handle: str
    title: str
    voice_id: str
    images: Sequence[Image | str]
    subject: Subject | None = None
    version: SubjectVersion | None = None

    @property
    def inputs(self) -> list[Input]:
        return [Input(url=i) if isinstance(i, str) else Input(image=i) for i in self.images]


@dataclass(frozen=True, slots=True)
class Submission:
    """Everything one press of Generate asks for; already checked.

    `token` is the form's own id: the same form sent twice makes its tasks once. `asked_by` is
    who pressed, when that is not the owner. With `asks` it waits for an admin if it is over budget.
    Each of the `combinations` has values that come before those of `params`, and is made as often
    as `variations` says. `shown_price` is what the page said of all together, "" if it said nothing.
    """

    owner: User
    spec: ModelSpec
    params: Mapping[str, Any]
    key: ApiKey
    visibility: str
    images: Sequence[Input] = ()
    subjects: Sequence[SubjectInput] = ()
    variations: int = 1
    token: UUID = field(default_factory=uuid4)
    again_of: Task | None = None
    asked_by: User | None = None
    asks: bool = False
    combinations: Sequence[Mapping[str, Any]] = ({},)
    shown_price: str = ""

    @property
    def count(self) -> int:
        return len(self.combinations) * self.variations

    def combination(self, number: int) -> Mapping[str, Any]:
        """Of the task with this number: the variations of one come after those of the other."""
        return self.combinations[number // self.variations]


def enqueue(submission: Submission, *, most_a_minute: int = 0, anyway: bool = True) -> list[Task]:
    """Stores the tasks and wakes a worker; returns those of an earlier press if there was one.

    Raises TooManySubmits when the owner has submitted `most_a_minute` times within the last
    minute (0 is no limit), AlreadyMade, unless `anyway`, when the same runs or was made lately,
    KeyNotForOwner, StorageFull, PriceChanged and OverBudget; then nothing is stored.
    """
    with transaction.atomic():
        if made := made_with(submission.owner, submission.token):
            return made
        last = next_revision(submission.count)
        # Another press may have come in while we waited for the counter.
        if made := made_with(submission.owner, submission.token):
            return made
        _require_key(submission)
        require_room(submission.owner)
        check_pace(submission.owner, most_a_minute)
        if not anyway:
            ask_first(submission.owner, fingerprints(submission), submission.again_of)
        prices = _prices(submission)
        if submission.shown_price:
            require_same(submission.shown_price, together(prices).usd)
        waits = _over_budget(submission, prices)
        join(submission.key.pk, submission.owner.pk)
        first, made_at = last - submission.count + 1, timezone.now()
        tasks = [
            _store(submission, prices[n], n, first + n, made_at + n * APART, waits)
            for n in range(submission.count)
        ]
        handles = [given.handle for given in submission.subjects]
        because = ledger.Because(EventKind.QUEUED, submission.asked_by)
        ledger.reserve(tasks, handles, because, holds=not waits)
        if waits:
            _tell_admins(submission, together(prices).usd)
        failpoint("enqueue-before-commit")
        transaction.on_commit(partial(failpoint, "enqueue-before-wakeup"))
        wake_dispatch()
    return tasks


def _require_key(submission: Submission) -> None:
    """Under the lock: who is taken off the key or disabled meanwhile makes nothing afterwards."""
    here = User.objects.filter(pk=submission.owner.pk, is_active=True)
    usable = ApiKey.objects.usable_by(submission.owner).filter(pk=submission.key.pk)
    if not usable.filter(Exists(here)).exists():
        raise KeyNotForOwner


def made_with(owner: User, token: UUID) -> list[Task]:
    return list(Task.objects.filter(owner=owner, submission=token).order_by("variation"))


def params_of(submission: Submission, number: int) -> dict[str, Any]:
    """The parameters of one task: of a seed that was given each variation has the next one.

    Without a seed each is left to the gateway, which then draws one for each (docs/gateway.md).
    """
    params = with_combination(submission.params, submission.combination(number))
    if params.get("seed"):
        variation = number % submission.variations
        params["seed"] = (params["seed"] + variation - 1) % MAX_SEED + 1
    return params


def fingerprints(submission: Submission) -> set[str]:
    return {_fingerprint(submission, n) for n in range(submission.count)}


def _fingerprint(submission: Submission, number: int) -> str:
    return fingerprint(
        submission.spec.id,
        params_of(submission, number),
        [(given.image, given.url) for given in submission.images],
        [
            (s.handle, s.voice_id, [(given.image, given.url) for given in s.inputs])
            for s in submission.subjects
        ],
    )


def _prices(submission: Submission) -> list[Price]:
    """One a task, in their order."""
    inputs = _with_inputs(submission)
    each = [with_combination(inputs, combination) for combination in submission.combinations]
    found = prices_for(submission.spec, each)
    return [price for price in found for _ in range(submission.variations)]


def _over_budget(submission: Submission, prices: Sequence[Price]) -> bool:
    """Whether it has to wait for an admin; raises OverBudget when it does not ask for one."""
    over = budgets.exceeded(submission.owner, submission.key, together(prices).usd)
    if over and not submission.asks:
        raise over
    return over is not None


def _tell_admins(submission: Submission, price: Decimal | None) -> None:
    owner, n = submission.owner, submission.count
    text = (
        f"{owner.username} asks to go over a budget: {n} {'result' if n == 1 else 'results'} of "
        f"{submission.spec.title}, {'price unknown' if price is None else usd(price)}"
    )
    tell_admins(Notice.Kind.ASKED, text, reverse("budgets"), but=owner)


def _store(
    submission: Submission,
    price: Price,
    number: int,
    revision: int,
    made_at: datetime,
    waits: bool,
) -> Task:
    short, long = split(params_of(submission, number))
    task = Task.objects.create(
        owner=submission.owner,
        key=submission.key,
        key_label=submission.key.label,
        model=submission.spec.id,
        params=short,
        visibility=submission.visibility,
        again_of=submission.again_of,
        callback_token=secrets.token_urlsafe(32) if settings.PUBLIC_URL else "",
        submission=submission.token,
        variation=number,
        fingerprint=_fingerprint(submission, number),
        revision=revision,
        born_revision=revision,
        created_at=made_at,
        estimate=price.usd,
        estimate_note=price.note[:120],
        **({"reason": Reason.OVER_BUDGET, "next_attempt_at": NEVER} if waits else {}),
    )
    if long:
        TaskText.objects.create(task=task, params=long)
    _store_inputs(task, submission)
    asked_by = submission.asked_by or submission.owner
    text = "Queued." if asked_by == submission.owner else f"Queued again by {asked_by.username}."
    if waits:
        text = f"{text} It is over budget: an admin was asked to release it."
    record(task.pk, task.state, Happened(EventKind.QUEUED, text, who=asked_by))
    return task


def _with_inputs(submission: Submission) -> dict[str, Any]:
    return {
        **submission.params,
        "images": list(submission.images),
        "subjects": list(submission.subjects),
    }


def _store_inputs(task: Task, submission: Submission) -> None:
    images = [
        TaskImage(task=task, image=given.image, url=given.url, position=position)
        for position, given in enumerate(submission.images)
    ]
    subjects = [
        TaskSubject(
            task=task,
            subject=given.subject,
            version=given.version,
            handle=given.handle,
            title=given.title,
            voice_id=given.voice_id,
            position=position,
            made_at=task.created_at,
        )
        for position, given in enumerate(submission.subjects)
    ]
    count_made(task, subjects)
    for subject, given in zip(subjects, submission.subjects, strict=True):
        subject.save()
        images += [
            TaskImage(task=task, subject=subject, image=entry.image, url=entry.url, position=index)
            for index, entry in enumerate(given.inputs)
        ]
    TaskImage.objects.bulk_create(images)
    words.write(task, subjects)
