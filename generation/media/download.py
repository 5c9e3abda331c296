"""Downloads a result of the gateway to a file, through the guard.

This stands on httpcore, the layer below httpx: it takes the guarded backend as a public
option, never looks at proxies in the environment, never follows redirects or decompresses by
itself, and does not log addresses, whose queries are signatures.
"""

import errno
import hashlib
import os
import ssl
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpcore
import httpx

from generation.deadline import deadline, passed

from .guard import (
    HTTPS_PORT,
    Allow,
    DownloadFailed,
    Forbidden,
    GuardedBackend,
    Resolve,
    resolve_host,
)
from .wording import size_text

__all__ = ["DownloadFailed", "Downloaded", "Downloader", "Forbidden"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 3
GONE = frozenset({403, 404, 410})
"""What storage answers once a signed address has expired (docs/gateway.md)."""

CHUNK = 1024 * 1024
PORTS = {"http": 80, "https": HTTPS_PORT}


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What lies in the file now; `content_type` is only what the server claimed."""

    bytes: int
    sha256: str
    content_type: str
    final_url: str = field(repr=False)


class Downloader:
    """Fetches https addresses; `allow` exempts the exact (host, port) of the gateway.

    Safe for use by several threads at once. Name resolution is bounded by the system's own
    timeout, everything else by `deadline_seconds`.
    """

    def __init__(
        self,
        allow: Allow,
        max_bytes: int,
        deadline_seconds: float,
        connect: float = 5,
        read: float = 30,
        *,
        ssl_context: ssl.SSLContext | None = None,
        resolve: Resolve = resolve_host,
    ) -> None:
        self._allow = allow
        self._max_bytes = max_bytes
        self._deadline_seconds = deadline_seconds
        self._timeouts = {"connect": connect, "read": read, "write": read, "pool": connect}
        self._ssl_context = ssl_context or httpx.create_ssl_context(trust_env=False)
        self._resolve = resolve

    def fetch(
        self, url: str, path: Path, on_bytes: Callable[[int], None] | None = None
    ) -> Downloaded:
        """Stream `url` into `path` and sync it to disk; `on_bytes` hears the total so far.

        Raises DownloadFailed or Forbidden; then, and on any other exception, `path` is removed.
        """
        backend = GuardedBackend(self._allow, self._resolve)
        try:
            with (
                deadline(self._deadline_seconds),
                _translated(self._deadline_seconds),
                httpcore.ConnectionPool(self._ssl_context, network_backend=backend) as pool,
            ):
                return self._follow(pool, url, path, on_bytes or _ignore)
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise

    def _follow(
        self, pool: httpcore.ConnectionPool, url: str, path: Path, on_bytes: Callable[[int], None]
    ) -> Downloaded:
        target = self._checked(url)
        for _ in range(MAX_REDIRECTS + 1):
            with pool.stream(
                "GET",
                httpcore.URL(
                    scheme=target.raw_scheme,
                    host=target.raw_host,
                    port=target.port,
                    target=target.raw_path,
                ),
                headers={"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "viduweb"},
                extensions={"timeout": self._timeouts},
            ) as response:
                location = _header(response, b"location")
                if response.status in REDIRECTS and location:
                    target = self._checked(location, base=target)
                    continue
                _check_status(response.status, target)
                return self._save(response, target, path, on_bytes)
        raise DownloadFailed(f"{_place(target)} redirects more than {MAX_REDIRECTS} times")

    def _checked(self, address: str, base: httpx.URL | None = None) -> httpx.URL:
        """The absolute address, if its scheme, host and port may be asked."""
        try:
            url = base.join(address) if base else httpx.URL(address)
        except (httpx.InvalidURL, ValueError):
            raise Forbidden("the address is not valid") from None
        host = url.raw_host.decode("ascii").lower()
        if not host or url.userinfo:
            raise Forbidden("the address has no host or holds a password")
        if url.scheme in PORTS and (host, url.port or PORTS[url.scheme]) in self._allow:
            return url
        if url.scheme != "https":
            raise Forbidden(f"{_place(url)} is not an https address")
        if url.port not in (None, HTTPS_PORT):
            raise Forbidden(f"port {url.port} of {host} is not allowed")
        return url

    def _save(
        self,
        response: httpcore.Response,
        url: httpx.URL,
        path: Path,
        on_bytes: Callable[[int], None],
    ) -> Downloaded:
        self._check_length(_header(response, b"content-length"))
        total, digest = 0, hashlib.sha256()
        with _disk_errors(), path.open("wb") as file:
            for chunk in _decoded(response):
                total += len(chunk)
                self._check_length(str(total))
                file.write(chunk)
                digest.update(chunk)
                on_bytes(total)
            file.flush()
            os.fsync(file.fileno())
        if total == 0:
            raise DownloadFailed(f"{_place(url)} sent an empty file", response.status)
        content_type = _header(response, b"content-type").partition(";")[0].strip().lower()
        return Downloaded(total, digest.hexdigest(), content_type, str(url))

    def _check_length(self, length: str) -> None:
        if length.isdecimal() and int(length) > self._max_bytes:
            raise DownloadFailed(f"the file is larger than {size_text(self._max_bytes)}")


def _ignore(total: int) -> None:
    """Nobody wants to hear."""


def _place(url: httpx.URL) -> str:
    """Host and path: the query of a signed address is a secret."""
    return f"{url.host}{url.raw_path.partition(b'?')[0].decode('ascii')}"


def _header(response: httpcore.Response, name: bytes) -> str:
    for key, value in response.headers:
        if key.lower() == name:
            return value.decode("latin-1")
    return ""


def _check_status(status: int, url: httpx.URL) -> None:
    if status in GONE:
        raise DownloadFailed(f"{_place(url)} is no longer there (HTTP {status})", status, gone=True)
    if status != 200:
        raise DownloadFailed(f"{_place(url)} answered HTTP {status}", status)


def _decoded(response: httpcore.Response) -> Iterator[bytes]:
    """The body; gzip is unpacked in small steps, for a few kB may hold gigabytes."""
    encoding = _header(response, b"content-encoding").strip().lower()
    if encoding in ("", "identity"):
        yield from response.iter_stream()
        return
    if encoding not in ("gzip", "x-gzip"):
        raise DownloadFailed("the file came compressed in a way that was not asked for")
    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        for packed in response.iter_stream():
            while packed:
                yield decoder.decompress(packed, CHUNK)
                packed = decoder.unconsumed_tail
        yield decoder.flush()
    except zlib.error as error:
        raise DownloadFailed("the compressed file is damaged") from error
    if not decoder.eof:
        raise DownloadFailed("the compressed file is cut short")


@contextmanager
def _translated(seconds: float) -> Iterator[None]:
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        if passed():
            raise DownloadFailed(f"the download was not finished within {seconds:g} s") from error
        if isinstance(error, httpcore.TimeoutException):
            raise DownloadFailed("the server did not answer in time") from error
        raise DownloadFailed(f"the connection failed: {error}") from error


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DownloadFailed("disk full: the file could not be stored") from error
        raise DownloadFailed(f"the file could not be stored: {error.strerror}") from error
