"""Who is in the team, and what each member has here; in few queries, however large both are."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q

from generation.models import ApiKey, Invitation, Subject, Task, User

PAGE = 100
INVITED = 100
"""Invitations that are listed; older ones have ended long ago."""


@dataclass(frozen=True, slots=True)
class Roster:
    """One page of members by name; `next_after` leads to the next one, "" on the last."""

    members: list[User]
    in_flight: Counter[int]
    next_after: str


@dataclass(frozen=True, slots=True)
class Facts:
    in_flight: int
    subjects: int
    keys: int


def members(asked: str = "", after: str = "") -> Roster:
    found = User.objects.order_by("username")
    if asked:
        names = ("username", "first_name", "last_name", "email")
        matches = Q()
        for name in names:
            matches |= Q(**{f"{name}__icontains": asked})
        found = found.filter(matches)
    if after:
        found = found.filter(username__gt=after)
    listed = list(found[: PAGE + 1])
    shown = listed[:PAGE]
    return Roster(shown, _in_flight(shown), shown[-1].username if len(listed) > PAGE else "")


def _in_flight(of: list[User]) -> Counter[int]:
    running = Task.objects.running().filter(owner__in=of).order_by()
    return Counter(dict(running.values_list("owner").annotate(Count("pk"))))


def facts(member: User) -> Facts:
    return Facts(
        in_flight=_in_flight([member])[member.pk],
        subjects=Subject.objects.current().filter(owner=member).count(),
        keys=ApiKey.objects.filter(owner=member).count(),
    )


def colleagues(member: User) -> list[User]:
    return list(User.objects.filter(is_active=True).exclude(pk=member.pk).order_by("username"))


def invited() -> list[Invitation]:
    return list(Invitation.objects.unused().select_related("invited_by")[:INVITED])
