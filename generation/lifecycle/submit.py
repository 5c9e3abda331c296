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
from generation.models import (
    ApiKey,
    Image,
    Subject,
    Task,
    TaskImage,
    TaskSubject,
    User,
    next_revision,
)

from .bells import ring_submit
from .crashpoints import crash
from .transitions import Happened, record
from .turns import join


@dataclass(frozen=True, slots=True)
class Input:
    """One input image: an upload or an address."""

    image: Image | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class SubjectInput:
    """A subject as it enters the task: its text, voice and images at this moment."""

    handle: str
    title: str
    voice_id: str
    images: Sequence[Image]
    subject: Subject | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """Everything one press of Generate asks for; already checked.

    `token` is the form's own id: the same form sent twice makes its tasks once.
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


def submit(submission: Submission) -> list[Task]:
    """Stores the tasks and rings for a worker; returns those of an earlier press if there was one."""
    with transaction.atomic():
        made = list(
            Task.objects.select_for_update()
            .filter(owner=submission.owner, submission=submission.token)
            .order_by("variation")
        )
        if made:
            return made
        last = next_revision(submission.variations)
        # Another press may have come in while we waited for the counter.
        made = list(
            Task.objects.filter(owner=submission.owner, submission=submission.token).order_by(
                "variation"
            )
        )
        if made:
            return made
        join(submission.key.pk, submission.owner.pk)
        tasks = [
            _store(submission, variation, last - submission.variations + 1 + variation)
            for variation in range(submission.variations)
        ]
        crash("submit-before-commit")
        transaction.on_commit(partial(crash, "submit-before-bell"))
        ring_submit()
    return tasks


def _store(submission: Submission, variation: int, revision: int) -> Task:
    price = submission.spec.list_price(_with_inputs(submission))
    task = Task.objects.create(
        owner=submission.owner,
        key=submission.key,
        key_label=submission.key.label,
        model=submission.spec.id,
        params=dict(submission.params),
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
    _store_inputs(task, submission)
    record(task.pk, task.state, Happened("queued", "Queued.", who=submission.owner))
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
            TaskImage(task=task, subject=subject, image=image, position=index)
            for index, image in enumerate(given.images)
        ]
    TaskImage.objects.bulk_create(images)
