"""The library's list: searched, filtered, sorted, page by page."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.db.models import (
    Case,
    DecimalField,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Lower

from generation.models import Subject, SubjectUse, User, Visibility
from generation.models.subject import SubjectQuerySet
from generation.people.access import archived_subjects

PAGE = 60
WHOSE = ("all", "team", "mine", "archived")
SORTS = {
    "used": "Most used",
    "cost": "Highest cost",
    "changed": "Last changed",
    "newest": "Newest",
    "title": "Title",
}
MOST_SEARCHED = 80
"""Characters of a search that are looked at: no title has more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an address of the list asks for; what it does not know counts as not given."""

    q: str = ""
    whose: str = "all"
    sort: str = "used"
    after: str = ""

    @classmethod
    def read(cls, data: Any) -> "Wanted":
        whose, sort = data.get("whose", ""), data.get("sort", "")
        return cls(
            q=data.get("q", "").replace("\0", "").strip()[:MOST_SEARCHED],
            whose=whose if whose in WHOSE else "all",
            sort=sort if sort in SORTS else "used",
            after=data.get("after", ""),
        )


@dataclass(frozen=True, slots=True)
class Page:
    subjects: list[Subject]
    next: str


def page(user: User, wanted: Wanted, size: int = PAGE) -> Page:
    order = _ORDERS[wanted.sort]
    found = _found(user, wanted).annotate(place=order.place(user))
    if wanted.after:
        found = found.filter(_behind(order, wanted.after))
    ordered = found.order_by(f"{'-' if order.down else ''}place", "pk").for_pages()
    subjects = list(ordered[: size + 1])
    shown = subjects[:size]
    more = len(subjects) > size
    return Page(shown, _cursor(shown[-1]) if more else "")


def search(subjects: SubjectQuerySet, user: User, q: str) -> SubjectQuerySet:
    """By handle and title; of what only its owner sees admins are shown the handle alone."""
    if not q:
        return subjects
    words = q.lstrip("@")
    titled = _shows_title(user) & Q(title__icontains=words)
    return subjects.filter(Q(handle__icontains=words) | titled)


def _shows_title(user: User) -> Q:
    return Q(owner=user) | Q(visibility=Visibility.TEAM)


def _found(user: User, wanted: Wanted) -> SubjectQuerySet:
    if wanted.whose == "archived":
        return search(archived_subjects(user), user, wanted.q)
    current = Subject.objects.reachable_by(user).current()
    if wanted.whose == "mine":
        current = current.filter(owner=user)
    if wanted.whose == "team":
        current = current.filter(visibility=Visibility.TEAM)
    return search(current, user, wanted.q)


@dataclass(frozen=True, slots=True)
class Order:
    """By what, downwards or not, and how a cursor's text becomes its value again."""

    place: Callable[[User], Any]
    down: bool
    read: Callable[[str], Any]


def _used(name: str, field: Any) -> Callable[[User], Any]:
    def place(user: User) -> Any:
        rows = SubjectUse.objects.visible_to(user).filter(subject=OuterRef("pk"))
        total = rows.order_by().values("subject").annotate(total=Sum(name)).values("total")
        return Coalesce(Subquery(total, output_field=field), Value(0), output_field=field)

    return place


def _title(user: User) -> Any:
    """A title that is not shown decides no place: that and the cursor would tell it."""
    return Case(When(_shows_title(user), then=Lower("title")), default=Lower("handle"))


_ORDERS = {
    "used": Order(_used("tasks", IntegerField()), True, int),
    "cost": Order(
        _used("spent", DecimalField(max_digits=14, decimal_places=6)), True, lambda t: Decimal(t)
    ),
    "changed": Order(lambda _: F("updated_at"), True, datetime.fromisoformat),
    "newest": Order(lambda _: F("created_at"), True, datetime.fromisoformat),
    "title": Order(_title, False, str),
}


def _cursor(last: Subject) -> str:
    place = last.place  # type: ignore[attr-defined]
    text = place.isoformat() if isinstance(place, datetime) else str(place)
    return json.dumps([text, str(last.pk)])


def _behind(order: Order, after: str) -> Q:
    """Raises BadRequest for what no page of ours has ever said."""
    try:
        text, pk = json.loads(after)
        place, last = order.read(text), UUID(pk)
        _require_storable(place)
    except (ValueError, TypeError, ArithmeticError, AttributeError, RecursionError):
        raise BadRequest("There is no such place in the library.") from None
    further = Q(place__lt=place) if order.down else Q(place__gt=place)
    return further | Q(place=place, pk__gt=last)


def _require_storable(place: Any) -> None:
    """Raises ValueError or ArithmeticError for what no database compares with."""
    match place:
        case datetime():
            if place.tzinfo is None:
                raise ValueError("no time zone")
            place.astimezone(UTC)
        case Decimal():
            if not place.is_finite():
                raise ValueError("no amount")
        case str():
            if "\0" in place:
                raise ValueError("no title")
            place.encode()
