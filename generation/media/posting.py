"""Sends a small message to an address that an admin chose, through the guard.

The address may hold a secret, so no text here says more of it than its host.
"""

import ssl
from collections.abc import Mapping

import httpcore
import httpx
from django.conf import settings

from generation.deadline import deadline

from .guard import (
    HTTPS_PORT,
    Allow,
    DownloadFailed,
    Forbidden,
    GuardedBackend,
    Resolve,
    resolve_host,
)

SECONDS = 15.0
TIMEOUTS = {"connect": 5.0, "read": 10.0, "write": 10.0, "pool": 5.0}
LOOPBACK = ("127.0.0.1", "localhost")
PORTS = {"http": 80, "https": HTTPS_PORT}


def checked(address: str, allow: Allow = frozenset()) -> httpx.URL:
    """The address, if a message may go there at all; raises Forbidden."""
    try:
        url = httpx.URL(address.strip())
    except (httpx.InvalidURL, ValueError):
        raise Forbidden("the address is not valid") from None
    host = url.raw_host.decode("ascii").lower()
    if not host or url.userinfo:
        raise Forbidden("the address has no host or holds a password")
    if url.scheme in PORTS and (host, url.port or PORTS[url.scheme]) in allow:
        return url
    if url.scheme != "https":
        raise Forbidden("the address does not begin with https://")
    if url.port not in (None, HTTPS_PORT):
        raise Forbidden(f"port {url.port} is not allowed")
    return url


def doors(address: str) -> Allow:
    """Of this machine, which a receiver may be tried on while DEBUG is on, without TLS too."""
    try:
        url = httpx.URL(address.strip())
    except (httpx.InvalidURL, ValueError):
        return frozenset()
    if not settings.DEBUG or url.host not in LOOPBACK or url.scheme not in PORTS:
        return frozenset()
    return frozenset({(url.host, url.port or PORTS[url.scheme])})


def post(
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allow: Allow = frozenset(),
    ssl_context: ssl.SSLContext | None = None,
    resolve: Resolve = resolve_host,
) -> None:
    """Posts JSON once; raises DownloadFailed, with the `status` if there was an answer, or Forbidden.

    Only 2xx is success. Redirects are not followed, and of the answer nothing is read but its head.
    """
    url = checked(address, allow)
    context = ssl_context or httpx.create_ssl_context(trust_env=False)
    backend = GuardedBackend(allow, resolve)
    sent: list[tuple[bytes | str, bytes | str]] = [
        ("Content-Type", "application/json"),
        ("User-Agent", "viduweb"),
        *headers.items(),
    ]
    target = httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )
    try:
        with (
            deadline(SECONDS),
            httpcore.ConnectionPool(context, network_backend=backend) as pool,
            pool.stream(
                "POST", target, headers=sent, content=body, extensions={"timeout": TIMEOUTS}
            ) as response,
        ):
            status = response.status
    except httpcore.TimeoutException as error:
        raise DownloadFailed(f"{url.host} did not answer in time") from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise DownloadFailed(f"the connection to {url.host} failed") from error
    if not 200 <= status < 300:
        raise DownloadFailed(f"{url.host} answered HTTP {status}", status)
