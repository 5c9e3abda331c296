"""Tiles that were drawn before, kept with the rows that they were drawn from.

Nothing has to be told of a change: rows that have changed come without drawings. See
docs/decisions/tiles-in-jinja.md.
"""

from collections.abc import Callable, Hashable

from django.utils import timezone

from generation.people.access import is_admin

from .cards import Card

MOST_LOOKS = 8
"""Drawings of one tile: so many kinds of people see it, in so many zones."""


def seen_as(card: Card) -> Hashable:
    """All that makes a tile besides the rows: who looks, and in which zone."""
    return card.mine, is_admin(card.user), card.liked, timezone.get_current_timezone()


def drawing(card: Card, look: Hashable, draw: Callable[[], str]) -> str:
    """`draw()`, or what it gave when somebody saw the same with the same `look`."""
    kept = card.task.drawings
    # What runs changes by itself.
    if kept is None or card.running:
        return draw()
    known_by = (seen_as(card), look)
    drawn = kept.get(known_by)
    if drawn is None:
        if len(kept) >= MOST_LOOKS:
            kept.clear()
        drawn = kept[known_by] = draw()
    return drawn
