"""Error objects and HTTP error replies, in every shape of docs/gateway.md, as code and message."""

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from .text import clean, shorten
from .values import first, word
from .wire import BadReply, load

MAX_CODE, MAX_MESSAGE = 80, 500
MAX_RETRY_AFTER = 3600.0
"""Seconds; a longer wait is a person's decision, not a worker's."""

SECONDS = re.compile(r"[0-9]{1,10}(\.[0-9]{1,9})?")
TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,300})", re.IGNORECASE)


def parse_error(
    status: int, headers: Mapping[str, str], body: bytes, secret: str = ""
) -> tuple[str, str]:
    """Code ("" without one) and message (never empty) of an HTTP error reply."""
    try:
        code, message = read_error(load(body, secret))
    except BadReply:
        code, message = "", _plain_text(header(headers, "content-type"), body, secret)
    return code, message or _phrase(status)


def read_error(value: Any) -> tuple[str, str]:
    """Code and message of an error: a string, an object, a list of them, or an envelope.

    The most specific code wins (`error_code` 40201 over `code` 402); 0 is "no error".
    """
    if isinstance(value, dict):
        return _read_object(value)
    if isinstance(value, list):
        found = [read_error(item) for item in value[:3]]
        codes = [code for code, _ in found if code]
        texts = [message for _, message in found if message]
        return codes[0] if codes else "", shorten("; ".join(texts), MAX_MESSAGE)
    return "", word(value, MAX_MESSAGE) if isinstance(value, str) else ""


def _read_object(value: dict[str, Any]) -> tuple[str, str]:
    nested = first(value, "error", "errors")
    if nested is None and isinstance(value.get("status"), dict):
        nested = value["status"]
    code, message = read_error(nested)
    code = code or word(first(value, "error_code", "code", "err_code"), MAX_CODE)
    own = first(value, "error_message", "message", "err_msg", "msg", "detail", "reason")
    return code if code.strip("0") else "", message or read_error(own)[1]


def embedded_status(body: bytes) -> int | None:
    """The HTTP error status in a `{status: {code, ...}}` envelope, which may come with a 200."""
    try:
        value = load(body)
    except BadReply:
        return None
    envelope = value.get("status") if isinstance(value, dict) else None
    code = word(envelope.get("code")) if isinstance(envelope, dict) else ""
    return int(code) if re.fullmatch("[45][0-9][0-9]", code) else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from Retry-After as seconds or as an HTTP date; at most an hour."""
    value = header(headers, "retry-after").strip()
    if SECONDS.fullmatch(value):
        return min(float(value), MAX_RETRY_AFTER)
    try:
        seconds = parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def request_id(headers: Mapping[str, str], secret: str = "") -> str:
    return shorten(clean(header(headers, "x-request-id"), secret), MAX_CODE)


def header(headers: Mapping[str, str], name: str) -> str:
    """A header by its lower-case name, from any mapping; "" without one."""
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _plain_text(content_type: str, body: bytes, secret: str) -> str:
    text = clean(body[:4096].decode("utf-8", "replace"), secret)
    if "html" in content_type or text.lstrip().startswith("<"):
        title = TITLE.search(text)
        text = title.group(1) if title else ""
    return shorten(text, MAX_MESSAGE)


def _phrase(status: int) -> str:
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"
