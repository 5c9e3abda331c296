"""queued -> submitting -> processing: a create is sent at most once unless it surely did not arrive."""

import logging
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from generation.gateway.failures import Ambiguous, Busy, NotSent, Refused
from generation.gateway.results import TaskReply
from generation.media.fitting import CannotFit
from generation.models import Task, next_revision
from generation.models.secrets import SecretUnreadable
from viduweb.logs import bound

from . import answers, turns
from .abreast import Abreast, Job, Steps
from .bells import ring_submit
from .clients import open_client
from .crashpoints import crash
from .inputs import InputMissing, request_params
from .transitions import Happened, State, change, record
from .vitals import beat, persist

logger = logging.getLogger(__name__)

BUDGET = 8.0
"""Seconds one job goes on taking tasks before it lets others have the worker, or lets it stop."""

LONG_BUDGET, SLOW = 60.0, 4.0
"""The same while it has to wait for a request that was started SLOW seconds ago."""

LOOK_AGAIN = 0.5
"""Seconds after which a job that waits for answers looks for new tasks."""

AT_ONCE, AT_ONCE_A_KEY = 8, 6
"""Requests under way in one job: a key that hangs leaves room for the others."""

IN_HAND = 40_000_000
"""Bytes of requests under way above which none is added (api.md 1.1: 20 MB a body)."""

CLAIM = timedelta(seconds=180)
"""How long the images may take to be made ready."""

SENDING = timedelta(seconds=60)
"""Renewed while the request is under way, so that a dead sender is soon known to be dead."""


@dataclass(frozen=True, slots=True)
class Create:
    """One request to the gateway. `size` is about what it holds in memory, in bytes."""

    task: Task
    params: dict[str, Any]
    secret: str = field(repr=False)
    size: int

    def __call__(self) -> TaskReply:
        with open_client() as client:
            return client.create(self.task.model, self.params, self.secret)


def send_due() -> None:
    """Sends queued tasks, several at once, until none is due; rings again when its time is over."""
    began = time.monotonic()
    sending = Abreast()
    help_wanted = True
    try:
        while _goes_on(sending, time.monotonic() - began):
            beat()
            _fill(sending)
            if help_wanted and len(sending) == AT_ONCE:
                help_wanted = False
                turns.ring_if_waited_for()
            if not sending and not turns.adopt():
                break
            sending.go_on(LOOK_AGAIN)
    finally:
        # Whatever happens to us, say to the database: the answers under way are not thrown away.
        sending.finish()
    if turns.next_task() is not None:
        ring_submit()


def _goes_on(sending: Abreast, seconds: float) -> bool:
    """A job that waits for a slow answer goes on: its worker is taken anyway."""
    return seconds < BUDGET or (sending.slowest > SLOW and seconds < LONG_BUDGET)


def _fill(sending: Abreast) -> None:
    """Claims and starts tasks while there is room, in memory and for their key, in this job."""
    while len(sending) < AT_ONCE:
        creates = [work for work in sending.works if isinstance(work, Create)]
        if sum(create.size for create in creates) > IN_HAND:
            return
        on_key = Counter(create.task.key_id for create in creates)
        task = _claim({key for key, number in on_key.items() if key and number >= AT_ONCE_A_KEY})
        if task is None:
            return
        sending.start(
            Job(
                _send(task),
                renew=partial(_still_ours, task),
                context=partial(bound, task=task.pk, key=task.key_label),
            )
        )


def _claim(without: Collection[UUID] = ()) -> Task | None:
    """Takes the task whose turn it is, unless its key is one of `without`."""
    # Other workers may have been faster, and there may still be more.
    while (pk := turns.next_task(without=without)) is not None:
        if _take(pk):
            return persist(partial(Task.objects.select_related("key").get, pk=pk))
    return None


def _take(pk: UUID) -> bool:
    with transaction.atomic():
        # Its lock makes one of counting what is in flight and adding to it.
        revision = next_revision()
        taken = turns.has_room(pk) and change(
            pk,
            State.QUEUED,
            to=State.SUBMITTING,
            happened=Happened("claimed", "A worker prepares the request."),
            count_attempt=True,
            claimed_until=timezone.now() + CLAIM,
            sent_at=None,
        )
        if taken:
            turns.turn_over(pk, revision)
    return taken


def _send(task: Task) -> Steps:
    crash("send-claimed")
    try:
        create = _prepare(task)
    except Exception:
        logger.exception("task %s: unexpected failure before sending", task.pk)
        answers.back_to_queue(task, "", "Something went wrong before the request left.")
        return
    if create is None:
        return
    crash("send-marked")
    try:
        reply = yield create
    except NotSent as failure:
        answers.back_to_queue(task, "unreachable", f"The gateway could not be reached: {failure}")
    except Busy as failure:
        text = "The gateway is busy and asked us to wait."
        answers.back_to_queue(task, "busy", text, failure.retry_after)
    except Refused as failure:
        answers.refused(task, failure)
    except Ambiguous as failure:
        answers.uncertain(task, str(failure), failure.status)
    except Exception:
        logger.exception("task %s: unexpected failure while sending", task.pk)
        answers.uncertain(task, "Something unexpected happened after the request was started", None)
    else:
        answers.accept(task, reply)


def _prepare(task: Task) -> Create | None:
    """The request, which may leave from now on; None when the task has failed or is not ours."""
    secret = _secret(task)
    if secret is None:
        return None
    try:
        params, notes = request_params(task)
    except (InputMissing, CannotFit) as error:
        answers.fail(task, "input", str(error))
        return None
    for note in notes:
        record(task.pk, State.SUBMITTING, Happened("fitted", note))
    return Create(task, params, secret, _size(params)) if _mark_sent(task) else None


def _size(params: dict[str, Any]) -> int:
    """Bytes of the images, once as they are and once in the body that is being sent."""
    subjects = [image for entry in params.get("subjects", ()) for image in entry["images"]]
    return 2 * sum(map(len, [*params.get("images", ()), *subjects]))


def _secret(task: Task) -> str | None:
    if task.key is None or not task.key.active:
        answers.fail(task, "key", "The key this task was to use has been removed or switched off.")
        return None
    try:
        return task.key.reveal()
    except SecretUnreadable:
        answers.fail(task, "key", "The key cannot be decrypted. An admin has to enter it again.")
        return None


def _mark_sent(task: Task) -> bool:
    """From this commit on the request may have arrived; False when the claim is no longer ours."""
    mine = Task.objects.filter(pk=task.pk, state=State.SUBMITTING, attempts=task.attempts)
    happened = Happened("sending", "The request leaves now.", {"attempt": task.attempts})

    def write() -> bool:
        now = timezone.now()
        with transaction.atomic():
            if mine.filter(sent_at=None).update(sent_at=now, claimed_until=now + SENDING):
                record(task.pk, State.SUBMITTING, happened)
                return True
            # Written already, when only the answer to an earlier commit was lost.
            return mine.exists()

    return persist(write, patience=30.0)


def _still_ours(task: Task) -> bool:
    """Renews the claim; False when someone else has the task."""
    mine = Task.objects.filter(pk=task.pk, state=State.SUBMITTING, attempts=task.attempts)
    return bool(mine.update(claimed_until=timezone.now() + SENDING))
