"""Saved searches: how many a member has, and that each has its own name."""

from django.db import IntegrityError, transaction

from generation.models import SavedSearch, User

MOST = 50
"""Of one member."""


class NameTaken(Exception):
    def __str__(self) -> str:
        return "There is a saved search of this name already. Choose another."


class TooMany(Exception):
    def __str__(self) -> str:
        return f"You have {MOST} saved searches. Delete one first."


def keep(search: SavedSearch) -> None:
    """Raises NameTaken, or TooMany for a new one."""
    try:
        with transaction.atomic():
            # One after the other, so that they are counted.
            list(User.objects.select_for_update(no_key=True).filter(pk=search.owner_id))
            of_owner = SavedSearch.objects.filter(owner=search.owner_id)
            if search._state.adding and of_owner.count() >= MOST:
                raise TooMany
            search.save()
    except IntegrityError:
        raise NameTaken from None
