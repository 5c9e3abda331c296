"""The gateway over HTTP: create a task, fetch a task, check a key."""

import re
import ssl
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from generation.deadline import deadline

from .answers import Answer, read_check, read_created, read_fetched
from .body import MAX_BODY, build_body, encode
from .failures import (
    Ambiguous,
    GatewayFailure,
    NotFound,
    NotSent,
    TooLarge,
    Unauthorized,
    Unavailable,
)
from .results import KeyCheck, KeyVerdict, TaskReply
from .text import clean, shorten
from .transport import GatewayTransport, shared_ssl_context
from .values import is_remote_id
from .wire import MAX_REPLY

USER_AGENT = "viduweb"

PROBE_ID = "0"
"""A task that never exists; numeric, as the vendor's own task ids are (docs/gateway.md)."""

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Raised before the first byte of the request: no address, no connection, no TLS session."""

REASONS: dict[type[Exception], str] = {
    httpx.ConnectError: "The gateway cannot be reached",
    httpx.ConnectTimeout: "The gateway did not accept a connection in time",
    httpx.PoolTimeout: "No connection to the gateway was free in time",
    httpx.ReadTimeout: "The gateway did not answer in time",
    httpx.WriteTimeout: "The gateway did not take the request in time",
    httpx.ReadError: "The connection to the gateway broke",
    httpx.WriteError: "The connection to the gateway broke",
    httpx.RemoteProtocolError: "The gateway broke off its answer",
    httpx.DecodingError: "The gateway's answer cannot be decoded",
}

KEY = re.compile(r"[\x21-\x7e]{1,4096}", re.ASCII)


class ReplyTooLarge(Exception):
    """The reply passed MAX_REPLY; the rest was not read."""


class GatewayClient:
    """Talks to one gateway. Meant for one thread; share the SSL context, not the client.

    `base_url` is where creates go, `{base_url}/task/{id}` where polls go. Timeouts are
    seconds: `connect`, `read`, `write` and `pool` for one socket operation, `deadline` for a
    whole create. Nothing is read from the environment, no redirect followed, no cookie kept
    (two keys must not share a session).
    """

    def __init__(
        self,
        base_url: str,
        *,
        ssl_context: ssl.SSLContext | None = None,
        connect: float = 5,
        read: float = 60,
        write: float = 60,
        pool: float = 5,
        deadline: float = 120,
        transport: httpx.BaseTransport | None = None,
        user_agent: str = USER_AGENT,
    ) -> None:
        self.base_url = _checked_address(base_url)
        self._timeout = httpx.Timeout(connect=connect, read=read, write=write, pool=pool)
        self._deadline = deadline
        self._http = httpx.Client(
            transport=transport or GatewayTransport(ssl_context or shared_ssl_context()),
            headers={
                "User-Agent": user_agent,
                "Accept": "application/json",
                # Compressed bombs do not get a chance, and replies are tiny anyway.
                "Accept-Encoding": "identity",
            },
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=False,
        )

    def __repr__(self) -> str:
        return f"GatewayClient({self.base_url!r})"

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
        self._http.close()

    def create(self, model: str, params: Mapping[str, Any], key: str) -> TaskReply:
        """Ask for one task, once; the reply has an id. Its phase may already be FAILED.

        Raises `NotSent`, `Busy`, `Refused` (with `Unauthorized`, `TooLarge`) or `Ambiguous`.
        """
        content = encode(build_body(model, params))
        if len(content) > MAX_BODY:
            raise _too_large(len(content))
        request = self._request("POST", self.base_url, key, self._timeout, content)
        return read_created(self._answer(request, key, self._deadline, Ambiguous))

    def fetch(self, remote_id: str, key: str, timeout: float = 10) -> TaskReply:
        """The task as it stands now, within `timeout` seconds in all.

        Raises `Unauthorized`, `NotFound` or `Unavailable`.
        """
        if not is_remote_id(remote_id):
            raise NotFound("This is not a task id of the gateway.")
        return read_fetched(self._poll(remote_id, key, timeout), remote_id)

    def probe(self, key: str, timeout: float = 10) -> KeyCheck:
        """Whether the gateway takes `key`, found out by a poll that changes and costs nothing."""
        try:
            return read_check(self._poll(PROBE_ID, key, timeout))
        except Unauthorized as failure:
            return KeyCheck(KeyVerdict.BAD, failure.reason)
        except Unavailable as failure:
            return KeyCheck(KeyVerdict.UNKNOWN, failure.reason)

    def _poll(self, remote_id: str, key: str, timeout: float) -> Answer:
        address = f"{self.base_url}/task/{quote(remote_id, safe='')}"
        request = self._request("GET", address, key, httpx.Timeout(timeout))
        return self._answer(request, key, timeout, Unavailable)

    def _request(
        self, method: str, address: str, key: str, timeout: httpx.Timeout, content: bytes = b""
    ) -> httpx.Request:
        if not KEY.fullmatch(key):
            raise Unauthorized(
                "The key has characters that no key has. Enter it again.", local=True
            )
        headers = {"Authorization": f"Bearer {key}"}
        if content:
            headers["Content-Type"] = "application/json"
        return self._http.build_request(
            method, address, content=content or None, headers=headers, timeout=timeout
        )

    def _answer(
        self, request: httpx.Request, key: str, seconds: float, otherwise: type[GatewayFailure]
    ) -> Answer:
        """The whole answer. A failure after the first byte may have left is `otherwise`."""
        try:
            with deadline(seconds):
                return self._exchange(request, key)
        except Exception as error:  # whatever it is, the request may have left
            kind = NotSent if isinstance(error, NOT_SENT) and otherwise is Ambiguous else otherwise
            failure = kind(_reason(error, key))
        # Raised out here, not chained: the library's errors hold the request, its key and images.
        raise failure

    def _exchange(self, request: httpx.Request, key: str) -> Answer:
        response = self._http.send(request, stream=True)
        try:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_REPLY:
                    raise ReplyTooLarge
            return Answer(response.status_code, response.headers, bytes(body), key)
        finally:
            response.close()


def _reason(error: Exception, key: str) -> str:
    if isinstance(error, ReplyTooLarge):
        return f"The gateway's answer is larger than {MAX_REPLY // 1024} KiB."
    reason = REASONS.get(type(error), f"The request failed ({type(error).__name__})")
    detail = shorten(clean(str(error), key), 200) if isinstance(error, httpx.HTTPError) else ""
    return f"{reason}: {detail}." if detail else f"{reason}."


def _too_large(size: int) -> TooLarge:
    return TooLarge(
        f"The request is {size / 1e6:.1f} MB; the gateway takes {MAX_BODY / 1e6:.0f} MB.",
        local=True,
        status=413,
    )


def _checked_address(base_url: str) -> str:
    """`base_url` without its last slash; ValueError unless it is a plain http(s) address."""
    try:
        url = httpx.URL(base_url.rstrip("/"))
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise ValueError("The gateway's address must be http(s)://host/path, without a password.")
    if url.query or url.fragment:
        raise ValueError("The gateway's address must have no query and no fragment.")
    return str(url)
