"""What people decide about a task: try again, cancel, and how an uncertain one ends."""

import secrets
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from generation.catalog import MAX_SEED
from generation.gateway.failures import GatewayFailure, NotFound
from generation.gateway.results import TaskReply
from generation.gateway.values import is_remote_id
from generation.lifecycle.enqueue import Input, SubjectInput, Submission, enqueue, made_with
from generation.lifecycle.key_rotation import secret_of
from generation.lifecycle.poller import ensure_poller
from generation.lifecycle.reply_facts import facts
from generation.lifecycle.transitions import Happened, State, change
from generation.models import ApiKey, EventKind, Reason, Task, User, next_revision
from generation.models.secrets import SecretUnreadable
from generation.people.access import seen_params
from generation.scheduling.poll_schedule import deadline_for
from generation.workers.gateway_clients import open_client


class CannotRepeat(Exception):
    """The task cannot be made again as it was; the text says why."""


class NotThisTask(Exception):
    """The id a person gave is not this task's; the text says why."""


def repeat(
    task: Task,
    user: User,
    token: UUID | None = None,
    *,
    seed: int | None = None,
    anyway: bool = True,
    shown_price: str = "",
) -> Task:
    """A new task with the same model, parameters and inputs, as `user` asks for.

    Owner, visibility and key are those of `task`, whoever asks. The callback address goes along
    only when the owner asks: it is a door of theirs. `token` and `shown_price` are the form's, as
    in Submission. With `seed` it differs in that. Raises CannotRepeat when the catalogue no longer
    has the model or the key may not be used, what `enqueue` raises, and unless `anyway` AlreadyMade.
    """
    submission = submission_of(
        task, owner=task.owner, key=_key_of(task), asked_by=user, seed=seed, token=token
    )
    submission = replace(submission, shown_price=shown_price)
    most = settings.MAX_SUBMITS_PER_MINUTE
    return enqueue(submission, most_a_minute=most, anyway=anyway)[0]


def submission_of(
    task: Task,
    *,
    owner: User,
    key: ApiKey,
    asked_by: User,
    seed: int | None = None,
    token: UUID | None = None,
) -> Submission:
    """What makes the same for `owner` on `key`. Raises CannotRepeat."""
    spec = task.spec
    if spec is None:
        raise CannotRepeat("This model is no longer offered.")
    params = seen_params(asked_by, task)
    params |= {"seed": seed} if seed else {}
    images = [
        Input(image=given.image, url=given.url)
        for given in task.images.filter(subject=None).select_related("image")
    ]
    subjects = [
        SubjectInput(
            handle=given.handle,
            title=given.title,
            voice_id=given.voice_id,
            images=[entry.image or entry.url for entry in given.images.all()],
            subject=given.subject,
            version=given.version,
        )
        for given in task.subjects.select_related("subject", "version").prefetch_related(
            "images__image"
        )
    ]
    return Submission(
        owner=owner,
        spec=spec,
        params=params,
        key=key,
        visibility=task.visibility,
        images=images,
        subjects=subjects,
        again_of=task,
        asked_by=asked_by,
        token=token or uuid4(),
    )


def _key_of(task: Task) -> ApiKey:
    """The key that the task was made with, if its owner may still spend on it.

    A task that never had one is paid as its owner's next one would be.
    """
    usable = ApiKey.objects.usable_by(task.owner)
    instead = "or remix the task and choose another key"
    if not task.owner.is_active:
        raise CannotRepeat(f"The account of {task.owner.username} is closed. Remix the task.")
    if task.key is None:
        if not task.key_label and (first := usable.first()):
            return first
        raise CannotRepeat(
            "The key it was made with is deleted. Remix the task and choose another key, "
            "or add one on the Keys page first."
        )
    if not task.key.active:
        raise CannotRepeat(
            f"The key “{task.key.label}” is switched off. "
            f"Have it switched on again on the Keys page, {instead}."
        )
    if not usable.filter(pk=task.key.pk).exists():
        raise CannotRepeat(
            f"The key “{task.key.label}” cannot be used by {task.owner.username} any more. "
            f"Ask an admin, {instead}."
        )
    return task.key


def try_again(task: Task, user: User, token: UUID | None = None, **options: Any) -> Task:
    """`repeat`, for a task that is over; raises CannotRepeat while it is not."""
    _require_end(task)
    return repeat(task, user, token, **options)


def vary(task: Task, user: User, token: UUID | None = None, *, shown_price: str = "") -> Task:
    """Like `try_again`, with a seed of its own. It is drawn here, so that the task names it."""
    _require_end(task)
    if task.spec and not task.spec.has("seed"):
        raise CannotRepeat(f"{task.spec.title} takes no seed. Run it again instead.")
    seed = 1 + secrets.randbelow(MAX_SEED)
    return repeat(task, user, token, seed=seed, shown_price=shown_price)


def _require_end(task: Task) -> None:
    if task.is_running or task.state == State.UNCERTAIN:
        raise CannotRepeat("It is not over yet: wait for it, or decide what became of it.")


def send_again(task: Task, user: User, token: UUID | None = None, *, shown_price: str = "") -> Task:
    """A new task in place of an uncertain one, which ends. It may be paid twice: people decide.

    Raises what `repeat` raises, CannotRepeat also when the old task has meanwhile become clear.
    """
    with transaction.atomic():
        next_revision()  # first in line: the same form sent twice waits here for its twin
        if token and (made := made_with(task.owner, token)):
            return made[0]
        ended = change(
            task.pk,
            State.UNCERTAIN,
            to=State.FAILED,
            happened=Happened(EventKind.SENT_AGAIN, "Sent again as a new task.", who=user),
            reason=Reason.SENT_AGAIN,
        )
        if not ended:
            raise CannotRepeat("It has meanwhile become clear what this task does.")
        return repeat(task, user, token, shown_price=shown_price)


def resolve(task: Task, user: User, remote_id: str) -> None:
    adopt(task, remote_id.strip(), "A person gave the gateway's id.", user)


def adopt(task: Task, remote_id: str, text: str, who: User | None = None) -> None:
    """Takes the gateway's id for an uncertain task, after the gateway has confirmed it.

    Raises NotThisTask with a sentence when it is another model's, another task's or unknown.
    """
    if not is_remote_id(remote_id):
        raise NotThisTask("This does not look like a task id of the gateway.")
    if Task.objects.filter(remote_id=remote_id).exclude(pk=task.pk).exists():
        raise NotThisTask("This id belongs to another task here.")
    reply = _ask(task, remote_id)
    if reply.model and reply.model != task.model:
        raise NotThisTask(f"The gateway says that id is a task of {reply.model}, not {task.model}.")
    now = timezone.now()
    try:
        found = change(
            task.pk,
            State.UNCERTAIN,
            to=State.PROCESSING,
            happened=Happened(
                EventKind.FOUND, text, {"remote_id": remote_id, **facts(reply)}, who=who
            ),
            remote_id=remote_id,
            accepted_at=now,
            next_poll_at=now,
            deadline_at=now + deadline_for(task),
            misses=0,
            empty_results=0,
            reason="",
            error_message="",
        )
    except IntegrityError:
        raise NotThisTask("This id belongs to another task here.") from None
    if not found:
        raise NotThisTask("It has meanwhile become clear what this task does.")
    ensure_poller()


def _ask(task: Task, remote_id: str) -> TaskReply:
    if task.key is None:
        raise NotThisTask("The key of this task is gone, so the gateway cannot be asked.")
    try:
        with open_client() as client:
            return client.fetch(remote_id, secret_of(task))
    except SecretUnreadable:
        raise NotThisTask("The key of this task cannot be decrypted.") from None
    except NotFound:
        raise NotThisTask("The gateway does not know this id.") from None
    except GatewayFailure as failure:
        raise NotThisTask(f"The gateway could not be asked: {failure}. Try again later.") from None


def cancel(task: Task, user: User) -> bool:
    """Takes a task out of the queue; False when it has already left it."""
    text = "Canceled while it waited."
    if task.was_held:
        text += " Whether it was sent before the restore is not known."
    return change(
        task.pk,
        State.QUEUED,
        to=State.CANCELED,
        happened=Happened(EventKind.CANCELED, text, who=user),
    )


def why_not_canceled(task: Task) -> str:
    task.refresh_from_db()
    if task.state == State.CANCELED:
        return "It is canceled already."
    if not task.is_running:
        return "It is over already."
    return "It is being sent, or has already been sent; the gateway has no way to cancel it."


def give_up(task: Task, user: User) -> bool:
    """Ends an uncertain task; whatever the gateway did with it stays there."""
    return change(
        task.pk,
        State.UNCERTAIN,
        to=State.FAILED,
        happened=Happened(EventKind.GAVE_UP, "Given up by a person.", who=user),
        reason=Reason.GAVE_UP,
        finished_at=timezone.now(),
    )
