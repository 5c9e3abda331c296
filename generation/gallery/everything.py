"""Everything that filters let through, however much that is: some at a time, or not at all."""

from dataclasses import replace

from generation.models import Task, User, Visibility

from .filters import RUNNING, Filters, Sort
from .listing import places_of
from .places import Place
from .selection import Refused, Selection
from .sources import sources


def understood(filters: Filters) -> Filters:
    """Raises Refused when a filter means nothing: without it, more would be meant than was seen."""
    if filters.wrong:
        raise Refused(
            f"The filter “{filters.wrong[0].value[:40]}” {filters.wrong[0].why}. Take it away first. "
            "Nothing was changed."
        )
    return replace(filters, sort=Sort.NEWEST)


def batch(
    user: User, filters: Filters, edge: Place | None, most: int
) -> tuple[list[Place], Place | None]:
    """The next places, newest first, and where to go on: None at the end."""
    found, further = places_of(user, filters, edge, down=True, most=most + 1)
    return (found[:most], found[most - 1]) if len(found) > most else (found, further)


def first(user: User, filters: Filters, most: int) -> list[Place] | None:
    """All places, or None when there are more than that, or nobody can tell so quickly."""
    found, further = batch(user, understood(filters), None, most)
    return found if further is None else None


def selection(user: User, places: list[Place]) -> Selection:
    """Of those that are there for `user` still, as it goes on from page to page."""
    if not places:
        raise Refused("Nothing matches. Take a filter away first.")
    pks = [pk for _, pk in places]
    tasks = Task.objects.each_visible_to(user).select_related("owner").in_bulk(pks)
    return Selection(user, [tasks[pk] for pk in pks if pk in tasks])


def count(user: User, filters: Filters) -> int | None:
    """How many there are; None when only a walk would tell."""
    if (filters.q and not filters.is_marked) or filters.inputs or filters.prompt:
        return None
    parts = sources(user, filters)
    if len(parts) == 1 or filters.state == RUNNING:
        return None if len(parts) > 1 else int(parts[0].rows.count())
    own, team = parts
    # What is one's own and the team's is counted once.
    return int(own.rows.filter(visibility=Visibility.PRIVATE).count() + team.rows.count())
