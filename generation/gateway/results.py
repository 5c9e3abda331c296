"""What the gateway answers, as types."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Phase(StrEnum):
    """How far a task is, whatever word the gateway used."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class FileKind(StrEnum):
    VIDEO = "video"
    IMAGE = "image"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One result at an http(s) address that will expire. `duration` is in seconds."""

    kind: FileKind
    url: str
    job_id: str = ""
    duration: float | None = None


@dataclass(frozen=True, slots=True)
class TaskReply:
    """One task as the gateway describes it, from a create or from a poll.

    `status_word` is the gateway's own word, "" when it sent none and `phase` was inferred.
    `progress` is 0..1, `cost` USD (None: not said), times are UTC. A COMPLETED reply may
    have no `outputs`: the caller decides what that means. `discount` is as it was sent;
    `job_ids` and `remote_task_id` are the names of the model's own tasks, `request_id` that of
    the request.
    """

    remote_id: str
    phase: Phase
    status_word: str = ""
    progress: float | None = None
    outputs: tuple[RemoteFile, ...] = ()
    error_code: str = ""
    error_message: str = ""
    cost: Decimal | None = None
    model: str = ""
    discount: str = ""
    job_ids: tuple[str, ...] = ()
    remote_task_id: str = ""
    request_id: str = ""
    created_at: datetime | None = None
    completed_at: datetime | None = None


class KeyVerdict(StrEnum):
    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """Whether the gateway takes a key; `reason` is a sentence, `status` the HTTP status if any."""

    verdict: KeyVerdict
    reason: str
    status: int | None = None
