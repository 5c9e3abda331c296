"""The create of one task: made ready before, noted outside the database and sent in a thread."""

from dataclasses import dataclass, field
from typing import Any

from generation.gateway.results import TaskReply
from generation.lifecycle import dispatch_results, external_marks, hold
from generation.lifecycle.external_marks import Mark
from generation.lifecycle.key_rotation import secret_of
from generation.lifecycle.request_params import InputMissing, request_params
from generation.lifecycle.transitions import Happened, State, record
from generation.media.fitting import CannotFit
from generation.models import EventKind, Reason, Task
from generation.models.secrets import SecretUnreadable
from generation.workers.failpoints import failpoint
from generation.workers.gateway_clients import kept_client


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """One request to the gateway. `size` is about what it holds in memory, in bytes.

    Raises Unmarked when nothing outside the database would tell that it left: then it has not.
    """

    task: Task
    params: dict[str, Any]
    secret: str = field(repr=False)
    size: int
    mark: Mark

    def __call__(self) -> TaskReply:
        try:
            external_marks.move_up(self.mark)
        except OSError as error:
            raise Unmarked(error.strerror or str(error)) from error
        failpoint("dispatch-noted")
        with kept_client() as client:
            return client.create(self.task.model, self.params, self.secret)


class Unmarked(Exception):
    """The mark outside the database cannot be read or safely written; the text says why."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Reads what all machines have noted in the bucket, on the way to `create`."""

    create: CreateRequest

    def __call__(self) -> list[Mark]:
        return external_marks.read()


def prepare(task: Task) -> CreateRequest | None:
    """The request; None when it cannot be made, and the task has failed."""
    secret = _secret(task)
    if secret is None:
        return None
    try:
        params, notes = request_params(task)
    except (InputMissing, CannotFit) as error:
        dispatch_results.fail(task, Reason.INPUT, str(error))
        return None
    for note in notes:
        record(task.pk, State.SUBMITTING, Happened(EventKind.FITTED, note))
    return CreateRequest(task, params, secret, _size(params), hold.mark_of(task))


def _size(params: dict[str, Any]) -> int:
    """Bytes of the images, once as they are and once in the body that is being sent."""
    subjects = [image for entry in params.get("subjects", ()) for image in entry["images"]]
    return 2 * sum(map(len, [*params.get("images", ()), *subjects]))


def _secret(task: Task) -> str | None:
    if task.key is None or not task.key.active:
        dispatch_results.fail(
            task, Reason.KEY, "The key this task was to use has been removed or switched off."
        )
        return None
    try:
        return secret_of(task)
    except SecretUnreadable:
        dispatch_results.fail(
            task, Reason.KEY, "The key cannot be decrypted. An admin has to enter it again."
        )
        return None
