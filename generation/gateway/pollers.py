"""Many polls at once: threads, each with its own client (workers.md 7)."""

import logging
import math
import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from threading import Lock, local
from types import TracebackType
from typing import Self, TypeVar

from .client import GatewayClient
from .failures import GatewayFailure, NotAsked, Unavailable
from .results import TaskReply

logger = logging.getLogger(__name__)

Token = TypeVar("Token", bound=Hashable)


class PollingPool:
    """Up to `threads` polls at a time, over connections that live as long as the pool.

    One httpx client a thread with a shared SSL context: measured several times faster than
    one shared client. Threads start when they are first needed. Threads never touch the
    database; the caller does, with what `fetch_many` yields.
    """

    def __init__(self, client_factory: Callable[[], GatewayClient], threads: int = 32) -> None:
        self._client_factory = client_factory
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="poll")
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

    def close(self) -> None:
        """Wait for the polls under way, drop the others, close every connection."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        for client in self._clients:
            client.close()
        self._clients.clear()

    def fetch_many(
        self,
        items: Iterable[tuple[Token, str, str]],
        *,
        timeout: float = 10,
        within: float = math.inf,
    ) -> Iterator[tuple[Token, TaskReply | GatewayFailure]]:
        """Poll every (token, remote id, key); yield each token with what came, as it comes.

        One poll takes `timeout` seconds at most. Those whose turn has not come after `within`
        seconds are given back as `NotAsked`, so the round ends within `within + timeout`.
        """
        ends = time.monotonic() + within
        futures: dict[Future[TaskReply | GatewayFailure], Token] = {
            self._executor.submit(self._fetch, remote_id, key, timeout, ends): token
            for token, remote_id, key in items
        }
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            for future in futures:
                future.cancel()

    def _fetch(
        self, remote_id: str, key: str, timeout: float, ends: float
    ) -> TaskReply | GatewayFailure:
        if time.monotonic() >= ends:
            return NotAsked("There was no time to ask.")
        try:
            return self._client().fetch(remote_id, key, timeout)
        except GatewayFailure as failure:
            return failure
        except Exception as error:  # one odd task must not stop the round of all the others
            logger.error("A poll failed unexpectedly: %s", type(error).__name__)
            return Unavailable(f"The poll failed ({type(error).__name__}).")

    def _client(self) -> GatewayClient:
        """This thread's client."""
        if not hasattr(self._mine, "client"):
            client = self._client_factory()
            with self._lock:
                self._clients.append(client)
            self._mine.client = client
        return self._mine.client
