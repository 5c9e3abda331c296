"""A transport whose requests end when their time is over.

httpx's timeouts are per read: a gateway that drips one byte a second outlives all of them,
in its headers as in its body. Here every socket operation gets at most what is left.
"""

import math
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import httpcore
import httpx

from .reuse import StaleConnection, cautious, is_cautious, settle

WRITE_CHUNK = 256 * 1024

_ends: ContextVar[float] = ContextVar("ends", default=math.inf)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Let every request made inside, in this thread, end `seconds` from now at the latest."""
    token = _ends.set(min(_ends.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _ends.reset(token)


def _left(timeout: float | None, error: type[Exception]) -> float | None:
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
        self._answered = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._answered = True
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        again, self._answered = self._answered and is_cautious(), False
        if not again:
            self._write(buffer, timeout)
            return
        # The head of a request on a connection that had one before; its body is still here.
        try:
            self._write(buffer, timeout)
        except (httpcore.WriteError, httpcore.WriteTimeout) as error:
            raise StaleConnection("the kept connection had been closed") from error
        settle(self._stream.get_extra_info("socket"))

    def _write(self, buffer: bytes, timeout: float | None) -> None:
        # In pieces: a single write of many megabytes would restart its timeout at every send.
        for start in range(0, len(buffer), WRITE_CHUNK):
            piece = buffer[start : start + WRITE_CHUNK]
            self._stream.write(piece, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class DeadlineBackend(httpcore.SyncBackend):
    """Opens connections that know the deadline. (Resolving a name is the system's own time.)"""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(super().connect_tcp(host, port, left, local_address, socket_options))


@lru_cache(maxsize=1)
def shared_ssl_context() -> ssl.SSLContext:
    """One context a process: building one takes some 30 ms (docs/workers.md)."""
    return httpx.create_ssl_context(trust_env=False)


class GatewayTransport(httpx.BaseTransport):
    """Keeps connections alive, and sends no body over one that the gateway has closed."""

    def __init__(self, ssl_context: ssl.SSLContext) -> None:
        self._kept = _transport(ssl_context, keep_alive=True)
        self._fresh = _transport(ssl_context, keep_alive=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            # A poll that fails for this is repeated later.
            return self._kept.handle_request(request)
        try:
            with cautious():
                return self._kept.handle_request(request)
        except httpx.ConnectError as error:
            if not isinstance(error.__cause__, StaleConnection):
                raise
        return self._fresh.handle_request(request)

    def close(self) -> None:
        self._kept.close()
        self._fresh.close()


def _transport(ssl_context: ssl.SSLContext, *, keep_alive: bool) -> httpx.HTTPTransport:
    transport = httpx.HTTPTransport(verify=ssl_context, trust_env=False, http2=False)
    # httpx 0.28 has no argument for the network backend; httpcore has.
    transport._pool = httpcore.ConnectionPool(
        ssl_context=ssl_context,
        max_connections=10,
        max_keepalive_connections=10 if keep_alive else 0,
        keepalive_expiry=30,
        network_backend=DeadlineBackend(),
    )
    return transport
