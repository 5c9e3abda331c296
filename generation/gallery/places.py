"""Where a page of a gallery begins or ends, as its address says it."""

import base64
import binascii
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.core.exceptions import BadRequest
from django.utils import timezone

Place = tuple[datetime, UUID]
"""When a task was made, and its id: the order of every gallery."""

LOWEST, HIGHEST = UUID(int=0), UUID(int=2**128 - 1)


def cursor_of(at: datetime, pk: UUID) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()} {pk}".encode()).decode()


def position_of(cursor: str) -> Place | None:
    """Where the page above ended; raises BadRequest for what no page of ours has ever said."""
    if not cursor:
        return None
    try:
        at, pk = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("no time zone")
        return moment.astimezone(UTC), UUID(pk)
    except (ValueError, OverflowError, binascii.Error):
        raise BadRequest("There is no such place in the gallery.") from None


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
