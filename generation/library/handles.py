"""Which handles a member can have, and which one suits a title."""

import re
import unicodedata

from django.db.models import Q

from generation.catalog import HANDLE
from generation.models import Subject, User, Visibility

LONGEST = 32
RESERVED = frozenset({"new"})
"""Words that are addresses of the library."""

WRONG = "Use 1 to 32 small letters, digits or underscores."


def bare(handle: str) -> str:
    return handle.strip().lstrip("@")


def taken(
    handle: str, visibility: str, owner: User, asked_by: User, *, but: Subject | None = None
) -> str:
    """Why `owner` cannot have the handle; "" if nothing speaks against it.

    It is unique among the owner's own and, if the team is to see it, among the team's. Private
    subjects of others are not looked at: nothing here tells that they exist.
    """
    if handle in RESERVED and (but is None or but.handle != handle):
        return f"@{handle} is a word of the app itself. Choose another handle."
    others = Subject.objects.current().filter(handle=handle)
    if but is not None:
        others = others.exclude(pk=but.pk)
    if others.filter(owner=owner).exists():
        whose = "You have" if owner == asked_by else f"{owner.username} has"
        return f"{whose} a subject @{handle} already. Choose another handle."
    if visibility == Visibility.TEAM and others.filter(visibility=visibility).exists():
        return f"The team has a subject @{handle} already. Choose another handle."
    return ""


def as_handle(title: str) -> str:
    """The title's letters and digits as a handle, without accents; "" where none is left."""
    plain = unicodedata.normalize("NFKD", title.lower())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:LONGEST].rstrip("_")


def free_handle(wish: str, visibility: str, owner: User, *, but: Subject | None = None) -> str:
    wish = wish if HANDLE.fullmatch(wish) else as_handle(wish) or "subject"
    used = _used_like(wish, visibility, owner, but)
    number, handle = 1, wish
    own = but.handle if but else ""
    while handle in used or (handle in RESERVED and handle != own):
        number += 1
        end = f"_{number}"
        handle = wish[: LONGEST - len(end)].rstrip("_") + end
    return handle


def _used_like(wish: str, visibility: str, owner: User, but: Subject | None) -> set[str]:
    """What `owner` cannot have, of all that begins as any numbered form of `wish` does."""
    theirs = Q(owner=owner)
    if visibility == Visibility.TEAM:
        theirs |= Q(visibility=visibility)
    alike = Subject.objects.current().filter(theirs)
    alike = alike.filter(handle__startswith=wish[: LONGEST - 8].rstrip("_"))
    if but is not None:
        alike = alike.exclude(pk=but.pk)
    return set(alike.values_list("handle", flat=True))
