"""Single values of a reply, whatever JSON type they were sent as; never an exception."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from .text import shorten

MAX_COST = Decimal(10_000)
"""USD; the largest single top-up. A task that costs more is a misread reply."""

MAX_ADDRESS = 8_192
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
MILLISECONDS_FROM = 1e11
"""Unix times above this are milliseconds: as seconds they would lie beyond the year 5000."""

NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,30})?([eE][+-]?\d{1,2})?", re.ASCII)
MONEY = re.compile(r"\d{1,9}(\.\d{1,30})?([eE]-?\d{1,2})?", re.ASCII)
REMOTE_ID = re.compile(r"(?!\.+\Z)[\x21-\x7e]{1,200}", re.ASCII)


def first(mapping: Mapping[str, Any], *names: str) -> Any:
    for name in names:
        value = mapping.get(name)
        if value is not None and value != "":
            return value
    return None


def word(value: Any, limit: int = 200) -> str:
    """A string or a number as one line of text; anything else is ""."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return shorten(str(value), limit) if isinstance(value, str | int | float) else ""


def is_remote_id(text: str) -> bool:
    return REMOTE_ID.fullmatch(text) is not None


def remote_id(value: Any) -> str:
    """A task id; "" when missing, zero (an unset field of the gateway) or not an id."""
    text = word(value, 201)
    return text if text != "0" and is_remote_id(text) else ""


def number(value: Any) -> float | None:
    if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def money(value: Any) -> Decimal | None:
    """An amount in USD from text or number; None for "", negative, absurd and non-numbers."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    if not MONEY.fullmatch(text):
        return None
    amount = Decimal(text)
    return amount if amount <= MAX_COST else None


def fraction(value: Any) -> float | None:
    """Progress as 0..1: sent as 0..1 (docs/gateway.md), read as percent when above 1 or marked so."""
    percent = isinstance(value, str) and value.strip().endswith("%")
    amount = number(value.strip().rstrip("%").strip() if isinstance(value, str) else value)
    if amount is None:
        return None
    if percent or amount > 1:
        amount /= 100
    return min(max(amount, 0.0), 1.0)


def moment(value: Any) -> datetime | None:
    """A time in UTC, from unix seconds or milliseconds or ISO text (without zone: UTC)."""
    seconds = number(value)
    try:
        if seconds is not None:
            seconds = seconds / 1000 if seconds >= MILLISECONDS_FROM else seconds
            when = datetime.fromtimestamp(seconds, UTC)
        elif isinstance(value, str) and len(value) <= 40:
            when = datetime.fromisoformat(value.strip())
            when = when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return when if EARLIEST <= when < LATEST else None


def web_address(value: Any) -> str:
    """An absolute http(s) address; "" for anything else."""
    if not isinstance(value, str) or len(value) > MAX_ADDRESS:
        return ""
    address = value.strip()
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    return address if good and not re.search(r"\s", address) else ""
