"""Bytes from the gateway into plain, clean, bounded values."""

import json
import math
from typing import Any

from .text import clean

MAX_REPLY = 1024 * 1024
"""Bytes. Documented replies are a few hundred; beyond this it is no reply to us."""

MAX_DEPTH = 20
MAX_DIGITS = 40


class BadReply(ValueError):
    """The body is not something the gateway documents. The text says why, without the body."""


def load(body: bytes, secret: str = "") -> Any:
    """The JSON in `body`, cleaned throughout, `secret` masked; `BadReply` when it is none.

    What is nested deeper than MAX_DEPTH, not finite or longer than MAX_DIGITS becomes None.
    """
    if len(body) > MAX_REPLY:
        raise BadReply(f"The reply is larger than {MAX_REPLY // 1024} KiB.")
    try:
        value = json.loads(body, parse_int=_integer)
    except (ValueError, RecursionError):
        value = _UNREADABLE
    if value is _UNREADABLE:
        # Raised out here: the decoder's error holds the whole body and must not be chained.
        raise BadReply("The reply is not JSON.")
    return _cleaned(value, secret, MAX_DEPTH)


_UNREADABLE = object()


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= MAX_DIGITS else None


def _cleaned(value: Any, secret: str, depth: int) -> Any:
    if isinstance(value, str):
        return clean(value, secret)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if not isinstance(value, dict | list):
        return value
    if not depth:
        return None
    if isinstance(value, list):
        return [_cleaned(item, secret, depth - 1) for item in value]
    return {clean(name, secret): _cleaned(item, secret, depth - 1) for name, item in value.items()}
