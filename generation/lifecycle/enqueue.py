"""From a valid form to queued tasks."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from generation.catalog import ModelSpec
from generation.lifecycle.transitions import Happened, record
from generation.models import (
    ApiKey,
    EventKind,
    Image,
    Subject,
    Task,
    TaskImage,
    TaskSubject,
    TaskText,
    User,
    next_revision,
)
from generation.models.text import split
from generation.scheduling.fair_queue import join
from generation.scheduling.submit_limit import check_pace
from generation.workers.failpoints import failpoint
from generation.workers.wakeups import wake_dispatch


@dataclass(frozen=True, slots=True)
class Input:
    """One input image: an upload or an address."""

    image: Image | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class SubjectInput:
    """A subject as it enters the task: its text, voice and images at this moment.

    `urls` are images too, after the others: addresses that the gateway opens.
    """

    handle: str
    title: str
    voice_id: str
    images: Sequence[Image]
    subject: Subject | None = None
    urls: Sequence[str] = ()

    @property
    def inputs(self) -> list[Input]:
        return [Input(image=image) for image in self.images] + [Input(url=u) for u in self.urls]


@dataclass(frozen=True, slots=True)
class Submission:
    """Everything one press of Generate asks for; already checked.

    `token` is the form's own id: the same form sent twice makes its tasks once. `asked_by` is
    who pressed, when that is not the owner.
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


def enqueue(submission: Submission, *, most_a_minute: int = 0) -> list[Task]:
    """Stores the tasks and wakes a worker; returns those of an earlier press if there was one.

    Raises TooManySubmits when the owner has submitted `most_a_minute` times within the last
    minute (0 is no limit); then nothing is stored.
    """
    with transaction.atomic():
        if made := made_with(submission.owner, submission.token):
            return made
        last = next_revision(submission.variations)
        # Another press may have come in while we waited for the counter.
        if made := made_with(submission.owner, submission.token):
            return made
        check_pace(submission.owner, most_a_minute)
        join(submission.key.pk, submission.owner.pk)
        tasks = [
            _store(submission, variation, last - submission.variations + 1 + variation)
            for variation in range(submission.variations)
        ]
        failpoint("enqueue-before-commit")
        transaction.on_commit(partial(failpoint, "enqueue-before-wakeup"))
        wake_dispatch()
    return tasks


def made_with(owner: User, token: UUID) -> list[Task]:
    """The tasks that a form of that token has made."""
    return list(Task.objects.filter(owner=owner, submission=token).order_by("variation"))


def _store(submission: Submission, variation: int, revision: int) -> Task:
    price = submission.spec.list_price(_with_inputs(submission))
    short, long = split(submission.params)
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
        variation=variation,
        revision=revision,
        born_revision=revision,
        estimate=price.usd,
        estimate_note=price.note[:120],
    )
    if long:
        TaskText.objects.create(task=task, params=long)
    _store_inputs(task, submission)
    asked_by = submission.asked_by or submission.owner
    text = "Queued." if asked_by == submission.owner else f"Queued again by {asked_by.username}."
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
    for position, given in enumerate(submission.subjects):
        subject = TaskSubject.objects.create(
            task=task,
            subject=given.subject,
            handle=given.handle,
            title=given.title,
            voice_id=given.voice_id,
            position=position,
        )
        images += [
            TaskImage(task=task, subject=subject, image=entry.image, url=entry.url, position=index)
            for index, entry in enumerate(given.inputs)
        ]
    TaskImage.objects.bulk_create(images)
