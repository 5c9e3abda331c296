"""What a mention may mean while it is typed."""

from collections.abc import Iterable

from django.db.models import Case, IntegerField, Value, When

from generation.models import Subject, User, meant

from .subject_list import search

MOST = 8
LOOKED_AT = 40
"""Rows of which some may share a handle."""


def suggestions(user: User, typed: str) -> list[Subject]:
    begins = When(handle__istartswith=typed, then=Value(0))
    found = search(Subject.objects.visible_to(user).current(), user, typed)
    ranked = found.annotate(rank=Case(begins, default=Value(1), output_field=IntegerField()))
    rows = list(ranked.order_by("rank", "handle", "created_at")[:LOOKED_AT])
    chosen = meant(rows, user)
    return [chosen[handle] for handle in first_of_each((s.handle for s in rows), MOST)]


def known_handles(user: User) -> list[str]:
    seen = Subject.objects.visible_to(user).current()
    return list(seen.order_by().values_list("handle", flat=True).distinct())


def first_of_each(handles: Iterable[str], most: int) -> list[str]:
    return list(dict.fromkeys(filter(None, handles)))[:most]
