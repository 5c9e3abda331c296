"""Requests that end when their time is over.

The timeouts of httpx and httpcore are per read: a server that drips one byte a second outlives
all of them, in its headers as in its body. Here every socket operation gets at most what is left.
"""

import math
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self

import httpcore

WRITE_CHUNK = 256 * 1024
"""Bytes: a single write of many megabytes would restart its timeout at every send."""

_ends: ContextVar[float] = ContextVar("ends", default=math.inf)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Let every request made inside, in this thread, end `seconds` from now at the latest."""
    token = _ends.set(min(_ends.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _ends.reset(token)


def passed() -> bool:
    return time.monotonic() >= _ends.get()


def capped(timeout: float | None, error: type[httpcore.TimeoutException]) -> float | None:
    """The shorter of `timeout` and the time left; raises `error` when none is left."""
    left = _ends.get() - time.monotonic()
    if left <= 0:
        raise error("the time for the whole request is over")
    if math.isinf(left):
        return timeout
    return left if timeout is None else min(timeout, left)


class DeadlineStream(httpcore.NetworkStream):
    """A connection that gives each operation at most the time that is left."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, capped(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), WRITE_CHUNK):
            piece = buffer[start : start + WRITE_CHUNK]
            self._stream.write(piece, capped(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> Self:
        left = capped(timeout, httpcore.ConnectTimeout)
        return type(self)(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
