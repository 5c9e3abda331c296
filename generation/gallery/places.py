"""Where a page of a gallery begins or ends, as its address says it."""

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from django.core.exceptions import BadRequest
from django.utils import timezone

T = TypeVar("T")
Place = tuple[datetime, UUID]
"""When a task was made, and its id: the order of every gallery."""

LOWEST, HIGHEST = UUID(int=0), UUID(int=2**128 - 1)


Ranked = tuple[Decimal, datetime, UUID]
"""The same behind a figure, in galleries that go by that."""


def cursor_of(at: datetime, pk: UUID) -> str:
    return _packed(f"{at.isoformat()} {pk}")


def ranked_cursor_of(rank: Decimal, at: datetime, pk: UUID) -> str:
    return _packed(f"{rank} {at.isoformat()} {pk}")


def _packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def position_of(cursor: str) -> Place | None:
    """Where the page above ended; raises BadRequest for what no page of ours has ever said."""
    return _read(cursor, _place) if cursor else None


def ranked_position_of(cursor: str) -> Ranked | None:
    return _read(cursor, _ranked) if cursor else None


def _read(cursor: str, read: "Callable[..., T]") -> "T":
    try:
        return read(*base64.urlsafe_b64decode(cursor.encode()).decode().split(" "))
    except (TypeError, ValueError, OverflowError, ArithmeticError, binascii.Error):
        raise BadRequest("There is no such place in the gallery.") from None


def _place(at: str, pk: str) -> Place:
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None:
        raise ValueError("no time zone")
    return moment.astimezone(UTC), UUID(pk)


def _ranked(rank: str, at: str, pk: str) -> Ranked:
    figure = Decimal(rank)
    if not -1 <= figure <= 10**6:
        raise ValueError("no figure of ours")
    return figure, *_place(at, pk)


def before(text: str) -> Place | None:
    """What is older than a cursor, or than the end of a day: 2026-11-30."""
    day = as_day(text)
    return (begin_of(day + timedelta(days=1)), LOWEST) if day else position_of(text)


def after(text: str) -> Place | None:
    """What is newer than a cursor, or than the begin of a day."""
    day = as_day(text)
    return (begin_of(day) - timedelta(microseconds=1), HIGHEST) if day else position_of(text)


FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)


def as_day(text: str) -> date | None:
    """The day, within what databases and clocks can compare; None for anything else."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        return None
    return day if FIRST <= day <= LAST else None


def begin_of(day: date) -> datetime:
    """In the zone of whoever looks."""
    return timezone.make_aware(datetime.combine(day, time.min))
