"""One request on its way in: its head, and its body once somebody has said how much may come."""

import time
from collections.abc import Callable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from gunicorn.config import Config
from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser

from .chunks import BadChunk, Chunks

LONGEST_HEAD = 64 * 1024

HEAD_WITHIN = 10.0
"""Seconds for the whole head, however it drips."""

BODY_GRACE, BODY_RATE = 20.0, 8 * 1024
"""A body may start slowly; after so many seconds it has to have come at this rate, in bytes a
second."""

WITHOUT_ASKING = 64 * 1024
"""Bytes of a body that anybody may send."""

IN_MEMORY = 128 * 1024


class TooMuch(Exception):
    """The body is larger than may be sent here."""


class Incoming:
    """Fed with what arrives, it comes to have a `request` and then a whole `body`.

    `rest` is what arrived after it: the beginning of the next request. Times are monotonic.
    """

    def __init__(self, cfg: Config, client: Any, held: bytes = b"") -> None:
        self._cfg, self._client = cfg, client
        self._raw = bytearray(held)
        self._searched = 0
        self.began = time.monotonic()
        self.request: Request | None = None
        self.length = 0
        self.chunks: Chunks | None = None
        self.received = 0
        self.most = WITHOUT_ASKING
        self.asked = False
        self.body: IO[bytes] | None = None

    @property
    def is_empty(self) -> bool:
        return self.request is None and not self._raw

    @property
    def is_whole(self) -> bool:
        if self.request is None or self.is_large:
            return False
        return self.chunks.ended if self.chunks else self.received >= self.length

    @property
    def is_large(self) -> bool:
        return (self.length if self.chunks is None else self.received) > self.most

    @property
    def rest(self) -> bytes:
        return self.chunks.rest if self.chunks and self.chunks.ended else bytes(self._raw)

    @property
    def ends(self) -> float:
        """When it is too late for what has come so far."""
        if self.request is None:
            return self.began + HEAD_WITHIN
        return self.began + BODY_GRACE + self.received / BODY_RATE

    def feed(self, data: bytes) -> None:
        """Takes what arrived. Raises TooMuch, BadChunk, or gunicorn's errors for a bad head."""
        self._raw += data
        if self.request is None:
            self._read_head()
        if self.request is not None:
            self._read_body()

    def allow(self, most: int) -> None:
        """Lets the body have `most` bytes. Raises TooMuch or BadChunk."""
        self.most, self.asked = most, True
        self._read_body()

    def _read_head(self) -> None:
        end = self._raw.find(b"\r\n\r\n", max(0, self._searched - 3))
        self._searched = len(self._raw)
        if end < 0 and len(self._raw) <= LONGEST_HEAD:
            return
        if not 0 <= end <= LONGEST_HEAD:
            raise LimitRequestHeaders("the head of the request is too long")
        head = bytes(self._raw[: end + 4])
        del self._raw[: end + 4]
        self.request = next(RequestParser(self._cfg, iter((head,)), self._client))
        self._frame(self.request)
        self.began = time.monotonic()

    def _frame(self, request: Request) -> None:
        """How the body is delimited; gunicorn has refused what is ambiguous."""
        headers = dict(request.headers)
        if "TRANSFER-ENCODING" in headers:
            self.chunks = Chunks()
        else:
            self.length = int(headers.get("CONTENT-LENGTH", 0))

    def _read_body(self) -> None:
        if self.is_whole:
            return
        if self.is_large:
            raise TooMuch
        if self.chunks is not None:
            content = self.chunks.feed(bytes(self._raw))
            self._raw.clear()
        else:
            content = bytes(self._raw[: self.length - self.received])
            del self._raw[: len(content)]
        self.received += len(content)
        if content:
            if self.body is None:
                self.body = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
            self.body.write(content)
        if self.is_large:
            raise TooMuch

    def finish(self) -> Request:
        """The request, its body in place as if it had a length from the beginning.

        A body that was not let in is announced by its length, and is not there.
        """
        assert self.request is not None
        request = self.request
        request.body = _Nothing()
        if self.is_whole and self.body is not None:
            self.body.seek(0)
            request.body = self.body
        if self.chunks is not None:
            size = self.received if self.is_whole else self.most + 1
            kept = ("TRANSFER-ENCODING", "CONTENT-LENGTH")
            request.headers = [pair for pair in request.headers if pair[0] not in kept]
            request.headers.append(("CONTENT-LENGTH", str(size)))
        if not self.is_whole:
            request.force_close()
        request._expected_100_continue = False
        return request

    def close(self) -> None:
        if self.body is not None:
            self.body.close()


class _Nothing:
    """A body without a byte."""

    def read(self, size: int | None = None) -> bytes:
        return b""

    readline = read

    def __iter__(self) -> Iterator[bytes]:
        return iter(())


Gate = Callable[[dict[str, Any]], int]
"""How many bytes the sender of this WSGI environment may send; asked in a thread."""

__all__ = ["BadChunk", "Gate", "Incoming", "TooMuch"]
