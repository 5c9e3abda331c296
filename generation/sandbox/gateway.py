"""What the gateway does with a create, a poll and a download, whatever carries them."""

import json
import random
import secrets
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from generation.catalog import MODELS, check, effective
from generation.catalog.sandbox_faults import BUSY, EXPIRE, FAIL, MODERATED, SLOW, faults_in
from generation.catalog.spec import ModelSpec

from . import replies
from .caller import Caller
from .files import remove_old, secret_in
from .inputs import Inputs
from .options import Options
from .orders import Order, order_for
from .refusals import refuse, wrong_parameter
from .renderer import Renderer
from .results import PATH, Signer
from .tasks import (
    COMPLETED,
    FAILED,
    KEPT_SECONDS,
    SandboxTask,
    Tasks,
    new_id,
    new_job,
    owner_of,
    request_digest,
)
from .tasks import MODERATED as MODERATED_OUTCOME

KEY_START = "sandbox-"
SLOW_FACTOR = 10
UNPRICED_USD = Decimal("0.08")
"""What a task costs here whose price nobody publishes; about a reseller's figure."""


@dataclass(frozen=True, slots=True)
class Result:
    """A file to send."""

    path: Path
    content_type: str
    task_id: str


class SandboxGateway:
    """One sandbox: its tasks, its files and its renderer. All methods may run in any thread."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._clock = options.clock
        self._cleanup = ExitStack()
        root = options.state or Path(self._cleanup.enter_context(_temporary()))
        tasks, inputs, results = _directories(root, "tasks", "inputs", "results")
        self._signer = Signer(secret_in(root))
        self._tasks = Tasks(tasks, self._clock())
        self._tidy(inputs, results)
        self._inputs = Inputs(inputs)
        self._renderer = Renderer(results, self._inputs, self._clock)
        self._cleanup.callback(self._renderer.close)
        self._caller: Caller | None = None
        if options.callbacks:
            self._caller = Caller(self._clock, options.callback_host)
            self._cleanup.callback(self._caller.close)
        self._turned_away: set[str] = set()
        self._lock = Lock()

    def close(self) -> None:
        self._cleanup.close()

    def create(self, key: str, body: bytes) -> dict[str, Any]:
        """Take a task; Refusal when the gateway would not."""
        owner = _owner(key)
        spec, params = _parsed(body)
        for problem in check(spec, params, off_peak=self._options.off_peak):
            raise wrong_parameter(spec, problem.parameter, problem.message, problem.code)
        pictures = self._inputs.read(spec, params)
        words = faults_in(params.get("prompt"))
        self._turn_away(words, owner, spec, params)
        task = self._new_task(owner, spec, words, params, order_for(spec, params, pictures))
        self._tasks.add(task)
        if task.outcome == COMPLETED:
            # Begun a little early, the result is there on time unless others are before it.
            self._renderer.want(task.order, task.due - min((task.due - task.created) / 2, 1.0))
        self._call_back(task, params.get("callback_url"))
        return replies.created(task)

    def fetch(self, key: str, task_id: str, site: str) -> dict[str, Any]:
        task = self._tasks.owned(task_id, _owner(key))
        if task is None:
            raise refuse(404, "NOT_FOUND", "task not found")
        return self._state(task, site)

    def _state(self, task: SandboxTask, site: str) -> dict[str, Any]:
        spec, now = MODELS[task.model], self._clock()
        if now < task.due:
            return replies.in_progress(spec, task, now)
        if task.outcome != COMPLETED:
            return replies.failed(spec, task)
        if not self._renderer.want(task.order, now):
            return replies.in_progress(spec, task, now)
        return replies.completed(spec, task, site + self._address(task))

    def _call_back(self, task: SandboxTask, url: object) -> None:
        if self._caller is not None and isinstance(url, str) and url:
            self._caller.expect(url, task.due, partial(self._state, task, ""))

    def result(self, path: str, expires: str, signature: str) -> Result:
        """The file behind a result address; Refusal when it is wrong or has expired."""
        match = PATH.fullmatch(path)
        if not self._signer.good(path, expires, signature, self._clock()):
            raise refuse(403, "ACCESS_DENIED", "the address is wrong or has expired")
        task = self._tasks.with_token(match[1]) if match else None
        if task is None or not self._renderer.path(task.order).exists():
            raise refuse(404, "NOT_FOUND", "no such result")
        file = self._renderer.path(task.order)
        return Result(file, "video/mp4" if file.suffix == ".mp4" else "image/jpeg", task.id)

    def _new_task(
        self,
        owner: str,
        spec: ModelSpec,
        words: frozenset[str],
        params: dict[str, Any],
        order: Order,
    ) -> SandboxTask:
        now = self._clock()
        return SandboxTask(
            id=new_id(now),
            owner=owner,
            model=spec.id,
            created=now,
            due=now + self._seconds(SLOW in words),
            outcome=_outcome(words),
            expired=EXPIRE in words,
            cost=_cost(spec, params),
            job=new_job(),
            token=secrets.token_hex(16),
            order=order.plain() if self._options.fast else order,
        )

    def _seconds(self, slow: bool) -> float:
        spread = self._options.jitter * random.uniform(-1, 1)  # noqa: S311 - only makes it lifelike
        return self._options.seconds * (1 + spread) * (SLOW_FACTOR if slow else 1)

    def _turn_away(
        self, words: frozenset[str], owner: str, spec: ModelSpec, params: dict[str, Any]
    ) -> None:
        """429 when too much is waiting, or for the first of two equal creates that ask for it."""
        if self._renderer.full:
            raise refuse(429, "RATE_LIMIT_EXCEEDED", "too many tasks", Retry_After="5")
        if BUSY not in words:
            return
        digest = request_digest(owner, spec.id, params)
        with self._lock:
            if digest in self._turned_away:
                self._turned_away.remove(digest)
                return
            self._turned_away.add(digest)
        raise refuse(429, "RATE_LIMIT_EXCEEDED", "rate limit exceeded", Retry_After="2")

    def _address(self, task: SandboxTask) -> str:
        lifetime = -1.0 if task.expired else self._options.url_lifetime
        suffix = Path(task.order.file_name).suffix
        path = f"/results/{task.token}/{task.model}{suffix}"
        return self._signer.address(path, task.due + lifetime)

    def _tidy(self, inputs: Path, results: Path) -> None:
        before = self._clock() - KEPT_SECONDS
        orders = [task.order for task in self._tasks.all()]
        remove_old(inputs, before, {p.name for order in orders for p in order.pictures})
        remove_old(results, before, {order.file_name for order in orders})


def _temporary() -> TemporaryDirectory[str]:
    # A result in hand may still be written while the directory goes.
    return TemporaryDirectory(prefix="viduweb-sandbox-", ignore_cleanup_errors=True)


def _directories(root: Path, *names: str) -> list[Path]:
    directories = [root / name for name in names]
    for directory in directories:
        directory.mkdir(parents=True, exist_ok=True)
    return directories


def _owner(key: str) -> str:
    if not key.startswith(KEY_START):
        raise refuse(401, "UNAUTHORIZED", "a Bearer key that begins with sandbox- is required")
    return owner_of(key)


def _parsed(body: bytes) -> tuple[ModelSpec, dict[str, Any]]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise refuse(400, "INVALID_REQUEST", "the body is not JSON") from None
    match data:
        case {"model": str(model), "input": [{"params": dict(params)}]}:
            if model not in MODELS:
                raise refuse(404, "MODEL_NOT_FOUND", f"unknown model: {model[:100]}")
            return MODELS[model], params
    raise refuse(
        400, "INVALID_REQUEST", 'the body must be {"model": "...", "input": [{"params": {...}}]}'
    )


def _outcome(words: frozenset[str]) -> str:
    if MODERATED in words:
        return MODERATED_OUTCOME
    return FAILED if FAIL in words else COMPLETED


def _cost(spec: ModelSpec, params: dict[str, Any]) -> str:
    usd = spec.list_price(effective(spec, params)).usd
    return f"{(UNPRICED_USD if usd is None else usd).normalize():f}"
