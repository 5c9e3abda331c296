"""The sandbox's tasks. A task never changes: how far it is follows from the clock alone."""

import base64
import hashlib
import json
import logging
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from .files import write_whole
from .orders import Order

logger = logging.getLogger(__name__)

KEPT_SECONDS = 3 * 24 * 60 * 60
COMPLETED, FAILED, MODERATED = "completed", "failed", "moderated"


@dataclass(frozen=True, slots=True)
class SandboxTask:
    """One accepted create.

    `owner` is a digest of the key that made it, `outcome` what it comes to at `due`, `token` the
    unguessable part of its result's address, `expired` whether that address is dead from the
    start. Times are Unix seconds, `cost` is USD.
    """

    id: str
    owner: str
    model: str
    created: float
    due: float
    outcome: str
    expired: bool
    cost: str
    job: str
    token: str
    order: Order

    def progress(self, now: float) -> float:
        whole = self.due - self.created
        return min(max((now - self.created) / whole, 0.0), 1.0) if whole > 0 else 1.0

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "SandboxTask":
        fields = json.loads(data)
        return cls(**{**fields, "order": Order.from_json(fields["order"])})


class Tasks:
    """All tasks of the last days, each also a JSON file in `directory`."""

    def __init__(self, directory: Path, now: float) -> None:
        self._directory = directory
        self._lock = Lock()
        self._by_id: dict[str, SandboxTask] = {}
        self._by_token: dict[str, SandboxTask] = {}
        for path in sorted(directory.glob("*.json")):
            try:
                task = SandboxTask.from_json(path.read_bytes())
            except (ValueError, TypeError, KeyError, AttributeError):
                logger.warning("%s is no task of this version and is left out", path.name)
                continue
            if task.created < now - KEPT_SECONDS:
                path.unlink()
            else:
                self._remember(task)

    def add(self, task: SandboxTask) -> None:
        write_whole(self._path(task), task.to_json())
        with self._lock:
            self._remember(task)
            # Oldest first: a sandbox that runs for weeks forgets what nobody asks for.
            while len(self._by_id) > 1:
                oldest = next(iter(self._by_id.values()))
                if oldest.created > task.created - KEPT_SECONDS:
                    break
                del self._by_id[oldest.id], self._by_token[oldest.token]
                self._path(oldest).unlink(missing_ok=True)

    def owned(self, task_id: str, owner: str) -> SandboxTask | None:
        task = self._by_id.get(task_id)
        return task if task and task.owner == owner else None

    def with_token(self, token: str) -> SandboxTask | None:
        return self._by_token.get(token)

    def all(self) -> list[SandboxTask]:
        with self._lock:
            return list(self._by_id.values())

    def _remember(self, task: SandboxTask) -> None:
        self._by_id[task.id] = task
        self._by_token[task.token] = task

    def _path(self, task: SandboxTask) -> Path:
        return self._directory / f"{task.id}.json"


def owner_of(key: str) -> str:
    """What stands for a key in memory and on disk."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def new_id(now: float) -> str:
    """20 characters that sort by time, like the gateway's own."""
    raw = int(now).to_bytes(4, "big") + secrets.token_bytes(8)
    return base64.b32hexencode(raw).decode().rstrip("=").lower()


def new_job() -> str:
    """18 digits, like the provider's own task ids."""
    return str(secrets.randbelow(9 * 10**17) + 10**17)


def request_digest(owner: str, model: str, params: dict[str, Any]) -> str:
    text = json.dumps([owner, model, params], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
