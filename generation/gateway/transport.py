"""The connections to the gateway: each request ends in time, and no body goes into a closed one."""

import ssl
from collections.abc import Iterable
from functools import lru_cache

import httpcore
import httpx

from generation.deadline import DeadlineStream, capped

from .reuse import StaleConnection, cautious, is_cautious, settle


class GatewayStream(DeadlineStream):
    """Notices before the body leaves that a kept connection had been closed."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        super().__init__(stream)
        self._answered = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._answered = True
        return super().read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        again, self._answered = self._answered and is_cautious(), False
        if not again:
            super().write(buffer, timeout)
            return
        # The head of a request on a connection that had one before; its body is still here.
        try:
            super().write(buffer, timeout)
        except (httpcore.WriteError, httpcore.WriteTimeout) as error:
            raise StaleConnection("the kept connection had been closed") from error
        settle(self._stream.get_extra_info("socket"))


class GatewayBackend(httpcore.SyncBackend):
    """Opens connections that know the deadline. (Resolving a name is the system's own time.)"""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        left = capped(timeout, httpcore.ConnectTimeout)
        return GatewayStream(super().connect_tcp(host, port, left, local_address, socket_options))


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
        network_backend=GatewayBackend(),
    )
    return transport
