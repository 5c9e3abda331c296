"""How the Usage page calls amounts, days and dimensions, and where its figures lead."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID

from django.urls import reverse

from generation.catalog.money import usd
from generation.models import Collection
from generation.money.amounts import usd_of
from generation.money.days import Days, is_month
from generation.money.reports import Scope

FRACTION = Decimal("0.0001")
TITLES = {
    "member": "Member",
    "key": "Key",
    "model": "Model",
    "kind": "Kind",
    "day": "Day",
    "subject": "Subject",
    "collection": "Collection",
}


def cents(micros: int) -> str:
    """Whole cents: sums are read, not booked. What is less than half a cent is not called nothing."""
    return usd(usd_of(micros))


def price_words(price: Decimal) -> str:
    """The same for what was divided, and has no end of places."""
    return usd(price.quantize(FRACTION))


def days_words(days: Days) -> str:
    if is_month(days):
        return f"{days.since:%B %Y}"
    if days.since == days.until:
        return day_words(days.since)
    return f"{days.since.day} {days.since:%b %Y} to {days.until.day} {days.until:%b %Y}"


def day_words(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


class Link:
    """Where the tasks behind a figure are listed."""

    def __init__(self, scope: Scope, names: Mapping[int, str]) -> None:
        self._path = reverse("usage-tasks")
        self._given = {
            "since": scope.days.since.isoformat(),
            "until": scope.days.until.isoformat(),
            "member": names.get(scope.member or 0, ""),
            "key": str(scope.key or ""),
            "model": scope.model,
            "kind": scope.kind,
            "subject": scope.subject,
            "collection": str(scope.collection or ""),
        }

    def to(self, **more: Any) -> str:
        """`more` narrows it: a dimension's value, days, or which of the tasks."""
        given = {**self._given, **more}
        if "day" in given:
            given["since"] = given["until"] = given.pop("day")
        # A table has a thousand of them: what is quoted once is known the next time.
        return f"{self._path}?{'&'.join([f'{k}={_quoted(str(v))}' for k, v in given.items() if v])}"


def titles_of(collections: Iterable[Collection]) -> dict[UUID, str]:
    """Two members may have one of the same title: then each says whose it is."""
    rows = list(collections)
    twice = {title for title, number in Counter(one.title for one in rows).items() if number > 1}
    return {
        one.pk: f"{one.title} ({one.owner.username})" if one.title in twice else one.title
        for one in rows
    }


@lru_cache(maxsize=2000)
def _quoted(value: str) -> str:
    return quote_plus(value)


def price_of_seconds(spent: int, milliseconds: int) -> Decimal | None:
    """USD that each of so many seconds has cost, of so many millionths that were spent in all."""
    return usd_of(spent) * 1000 / milliseconds if milliseconds else None
