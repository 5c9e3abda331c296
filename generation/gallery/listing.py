"""One page of a gallery, in either direction, at the same price wherever it stands."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from generation.models import Task, User, tasks_for_cards

from . import places
from .alike import alike
from .filters import RUNNING, Filters, Sort
from .places import Place, cursor_of
from .ranking import places as ranked_places
from .search import search
from .sources import fitting, sources

PAGE = 60


@dataclass(frozen=True, slots=True)
class Page:
    """`below` and `above` are the addresses of the pages around it, with its filters; or empty.

    It is not `full` when a search has looked at as much as one page may, and there is more. The
    tasks are for reading only; those in `liked` have a heart of the user's.
    """

    tasks: list[Task]
    liked: Collection[UUID] = ()
    below: str = ""
    above: str = ""
    full: bool = True


def page(
    user: User, filters: Filters, *, before: str = "", after: str = "", size: int = PAGE
) -> Page:
    """What `user` sees that is older than `before`, or newer than `after`."""
    if filters.is_ranked:
        return _ranked_page(user, filters, before=before, after=after, size=size)
    begins_new = filters.sort is Sort.NEWEST
    down = bool(before) or (begins_new and not after)
    edge = places.before(before) if before else places.after(after)
    found, further = places_of(user, filters, edge, down=down, most=size + 1)
    shown, more = found[:size], len(found) > size or further is not None
    turned = down != begins_new
    if turned:
        shown.reverse()
    first, last = (shown[0], shown[-1]) if shown else (edge, edge)
    first, last = (further or first, last) if turned else (first, further or last)
    has_below, has_above = (bool(edge), more) if turned else (more, bool(edge))
    older, newer = ("before", "after") if begins_new else ("after", "before")
    return Page(
        *tasks_for_cards([pk for _, pk in shown], user),
        below=_address(filters, older, last) if has_below else "",
        above=_address(filters, newer, first) if has_above else "",
        full=further is None,
    )


def _ranked_page(user: User, filters: Filters, *, before: str, after: str, size: int) -> Page:
    edge, down = places.ranked_position_of(before or after), bool(before) or not after
    found = ranked_places(user, filters, edge, down=down, most=size + 1)
    shown, more = found[:size], len(found) > size
    if not down:
        shown.reverse()
    has_below, has_above = (more, bool(edge)) if down else (bool(edge), more)
    ends = [places.ranked_cursor_of(*one) for one in (shown[:1] + shown[-1:])]
    return Page(
        *tasks_for_cards([pk for *_, pk in shown], user),
        below=_query(filters, "before", ends[-1]) if has_below and ends else "",
        above=_query(filters, "after", ends[0]) if has_above and ends else "",
    )


def matching(user: User, filters: Filters, tasks: Sequence[Task]) -> list[Task]:
    """Those of `tasks`, which `user` may see, that belong on a page with these filters."""
    if not tasks or not filters.is_filtered:
        return list(tasks)
    these = Task.objects.filter(pk__in=[task.pk for task in tasks])
    found = set(fitting(user, filters, these).values_list("pk", flat=True))
    return [task for task in tasks if task.pk in found]


def _address(filters: Filters, side: str, place: Place | None) -> str:
    if place is None:
        return ""
    return _query(filters, side, cursor_of(*place))


def _query(filters: Filters, side: str, cursor: str) -> str:
    return urlencode({**filters.values, side: cursor})


def places_of(
    user: User, filters: Filters, edge: Place | None, *, down: bool, most: int
) -> tuple[list[Place], Place | None]:
    """And where to look on, when a search has looked at as much as one page may."""
    like = alike(filters)
    if like is not None:
        few = fitting(user, filters, Task.objects.filter(pk__in=like))
        rows = few.values_list("created_at", "id")
        near = [row for row in rows if edge is None or (row < edge if down else row > edge)]
        return sorted(near, reverse=down)[:most], None
    if filters.q and not filters.is_marked:
        looked = search(user, filters, edge, down=down, most=most)
        return looked.places, looked.further
    found: set[Place] = set()
    for source in sources(user, filters):
        if filters.state == RUNNING and not filters.is_marked:
            # All are read, from the index of what runs, and put in order here: they are few.
            rows = source.rows.order_by().values_list("created_at", "id")
            found.update(
                row for row in rows if edge is None or (row < edge if down else row > edge)
            )
        else:
            found.update(source.places(edge, down=down)[:most])
    return sorted(found, reverse=down)[:most], None
