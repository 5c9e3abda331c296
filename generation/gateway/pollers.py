"""Many polls at once: threads, each with its own client (docs/workers.md)."""

import logging
from collections.abc import Callable, Hashable
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Lock, Thread, local
from types import TracebackType
from typing import Generic, NamedTuple, Self, TypeVar

from .client import GatewayClient
from .failures import GatewayFailure, Unavailable
from .results import TaskReply

logger = logging.getLogger(__name__)

Token = TypeVar("Token", bound=Hashable)


class _Question(NamedTuple):
    token: Hashable
    remote_id: str
    key: str
    timeout: float

    def __repr__(self) -> str:
        return f"_Question({self.remote_id!r})"


class PollingPool(Generic[Token]):
    """Up to `threads` polls at a time, over connections that live as long as the pool.

    One httpx client a thread with a shared SSL context: measured several times faster than
    one shared client. Threads start when they are first needed, and end with the process even
    when a poll of theirs hangs. They never touch the database; the caller does, with what
    `answers` gives. One thread asks and takes the answers.
    """

    def __init__(self, client_factory: Callable[[], GatewayClient], threads: int = 32) -> None:
        self._client_factory = client_factory
        self._most = threads
        self._threads: list[Thread] = []
        self._questions: SimpleQueue[_Question | None] = SimpleQueue()
        self._answers: SimpleQueue[tuple[Token, TaskReply | GatewayFailure]] = SimpleQueue()
        self._asked: set[Token] = set()
        self._mine = local()
        self._lock = Lock()
        self._clients: list[GatewayClient] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._asked)

    @property
    def room(self) -> int:
        return self._most - len(self._asked)

    @property
    def under_way(self) -> list[Token]:
        return list(self._asked)

    def close(self) -> None:
        """Wait for the polls under way, and close every connection."""
        for _ in self._threads:
            self._questions.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        for client in self._clients:
            client.close()
        self._clients.clear()
        self._asked.clear()

    def ask(self, token: Token, remote_id: str, key: str, *, timeout: float = 10) -> None:
        """Begin a poll of `timeout` seconds at most; `answers` gives `token` with what came."""
        self._asked.add(token)
        self._questions.put(_Question(token, remote_id, key, timeout))
        if len(self._threads) < min(len(self._asked), self._most):
            thread = Thread(target=copy_context().run, args=(self._work,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def answers(
        self, patience: float = 0.0, most: int = 1000
    ) -> list[tuple[Token, TaskReply | GatewayFailure]]:
        """Up to `most` that have come; waits `patience` seconds for a first if any are to come."""
        found = []
        try:
            if patience and self._asked:
                found.append(self._answers.get(timeout=patience))
            while len(found) < most:
                found.append(self._answers.get_nowait())
        except Empty:
            pass
        for token, _ in found:
            self._asked.discard(token)
        return found

    def _work(self) -> None:
        while (question := self._questions.get()) is not None:
            self._answers.put((question.token, self._fetch(question)))  # type: ignore[arg-type]

    def _fetch(self, question: _Question) -> TaskReply | GatewayFailure:
        try:
            return self._client().fetch(question.remote_id, question.key, question.timeout)
        except GatewayFailure as failure:
            return failure
        except Exception as error:  # one odd task must not stop the following of all the others
            logger.error("A poll failed unexpectedly: %s", type(error).__name__)
            return Unavailable(f"The poll failed ({type(error).__name__}).")

    def _client(self) -> GatewayClient:
        if not hasattr(self._mine, "client"):
            client = self._client_factory()
            with self._lock:
                self._clients.append(client)
            self._mine.client = client
        return self._mine.client
