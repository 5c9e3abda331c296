"""Days and months as the team counts them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def team_zone() -> tzinfo:
    return _zone(settings.TEAM_TIME_ZONE)


@lru_cache(maxsize=8)
def _zone(name: str) -> tzinfo:
    # Machines without zone files know this one.
    return UTC if name == "UTC" else ZoneInfo(name)


def day_of(moment: datetime) -> date:
    return moment.astimezone(team_zone()).date()


def today() -> date:
    return day_of(timezone.now())


def begin_of(day: date) -> datetime:
    """When the day begins for the team, in UTC."""
    return datetime.combine(day, time(), team_zone()).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Days:
    """From `since` to `until`, both of them too."""

    since: date
    until: date

    @property
    def number(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def begin(self) -> datetime:
        return begin_of(self.since)

    @property
    def end(self) -> datetime:
        """The first moment after them."""
        return begin_of(self.until + timedelta(days=1))


def month_of(day: date) -> Days:
    first = day.replace(day=1)
    return Days(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1))


def is_month(days: Days) -> bool:
    return month_of(days.since) == days


def before(days: Days) -> Days:
    """As many days just before, or the month before a month."""
    last = days.since - timedelta(days=1)
    if is_month(days):
        return month_of(last)
    return Days(days.since - timedelta(days=days.number), last)


def after(days: Days) -> Days:
    first = days.until + timedelta(days=1)
    if is_month(days):
        return month_of(first)
    return Days(first, days.until + timedelta(days=days.number))


def whole_months(days: Days) -> Days | None:
    """Those of them that make up whole months, if any do."""
    first = days.since if days.since.day == 1 else month_of(days.since).until + timedelta(days=1)
    last = month_of(days.until).until
    if last != days.until:
        last = days.until.replace(day=1) - timedelta(days=1)
    return Days(first, last) if first < last else None
