"""What people decide about a task: try again, cancel, and how an uncertain one ends."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from generation.gateway.failures import GatewayFailure, NotFound
from generation.gateway.results import TaskReply
from generation.gateway.values import is_remote_id
from generation.models import ApiKey, Task, User
from generation.models.secrets import SecretUnreadable

from .clients import open_client
from .follow import ensure_pump
from .pacing import deadline_for
from .submit import Input, SubjectInput, Submission, submit
from .transitions import Happened, State, change


class CannotRepeat(Exception):
    """The task cannot be made again as it was; the text says why."""


class NotThisTask(Exception):
    """The id a person gave is not this task's; the text says why."""


def repeat(task: Task, user: User) -> Task:
    """A new task with the same model, parameters and inputs, owned and paid by `user`.

    Raises CannotRepeat when the catalogue no longer has the model or no key may be used.
    """
    spec = task.spec
    if spec is None:
        raise CannotRepeat("This model is no longer offered.")
    keys = ApiKey.objects.usable_by(user)
    key = next((key for key in keys if key.pk == task.key_id), None) or keys.first()
    if key is None:
        raise CannotRepeat("No key can be used. Add one on the Keys page.")
    images = [
        Input(image=given.image, url=given.url)
        for given in task.images.filter(subject=None).select_related("image")
    ]
    subjects = [
        SubjectInput(
            handle=given.handle,
            title=given.title,
            voice_id=given.voice_id,
            images=[entry.image for entry in given.images.all() if entry.image],
            subject=given.subject,
        )
        for given in task.subjects.prefetch_related("images__image")
    ]
    submission = Submission(
        owner=user,
        spec=spec,
        params=task.params,
        key=key,
        visibility=task.visibility if task.owner_id == user.pk else user.default_visibility,
        images=images,
        subjects=subjects,
        again_of=task,
    )
    return submit(submission)[0]


def try_again(task: Task, user: User) -> Task:
    """The same for a task that is over; raises CannotRepeat while it is not."""
    if task.is_running or task.state == State.UNCERTAIN:
        raise CannotRepeat("It is not over yet: wait for it, or decide what became of it.")
    return repeat(task, user)


def send_again(task: Task, user: User) -> Task:
    """A new task in place of an uncertain one, which ends. It may be paid twice: people decide.

    Raises CannotRepeat, also when the old task has meanwhile become clear.
    """
    with transaction.atomic():
        ended = change(
            task.pk,
            State.UNCERTAIN,
            to=State.FAILED,
            happened=Happened("sent-again", "Sent again as a new task.", who=user),
            reason="sent-again",
        )
        if not ended:
            raise CannotRepeat("It has meanwhile become clear what this task does.")
        return repeat(task, user)


def resolve(task: Task, user: User, remote_id: str) -> None:
    """Takes the id that a person found in the gateway's own list; see `adopt`."""
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
            happened=Happened("found", text, {"remote_id": remote_id}, who=who),
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
    ensure_pump()


def _ask(task: Task, remote_id: str) -> TaskReply:
    if task.key is None:
        raise NotThisTask("The key of this task is gone, so the gateway cannot be asked.")
    try:
        with open_client() as client:
            return client.fetch(remote_id, task.key.reveal())
    except SecretUnreadable:
        raise NotThisTask("The key of this task cannot be decrypted.") from None
    except NotFound:
        raise NotThisTask("The gateway does not know this id.") from None
    except GatewayFailure as failure:
        raise NotThisTask(f"The gateway could not be asked: {failure}. Try again later.") from None


def cancel(task: Task, user: User) -> bool:
    """Takes a task out of the queue; False when it has already left it."""
    return change(
        task.pk,
        State.QUEUED,
        to=State.CANCELED,
        happened=Happened("canceled", "Canceled before it was sent.", who=user),
    )


def give_up(task: Task, user: User) -> bool:
    """Ends an uncertain task; whatever the gateway did with it stays there."""
    return change(
        task.pk,
        State.UNCERTAIN,
        to=State.FAILED,
        happened=Happened("gave-up", "Given up by a person.", who=user),
        reason="gave-up",
        finished_at=timezone.now(),
    )
