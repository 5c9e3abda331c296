"""What the team page says about people and invitations."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.text import get_text_list

from generation.lifecycle.take_over import Handed
from generation.models import Invitation, User
from generation.money.budgets import Spender


@dataclass(frozen=True, slots=True)
class Row:
    """A member on the team page. `seen` is a sentence, `seen_at` the moment behind it."""

    member: User
    role: str
    in_flight: int
    spender: Spender
    seen: str
    seen_at: datetime | None
    here: bool
    myself: bool


def row(member: User, role: str, in_flight: int, spender: Spender, viewer: User) -> Row:
    here = member.is_here
    return Row(
        member=member,
        role=role,
        in_flight=in_flight,
        spender=spender,
        seen=_seen(member),
        seen_at=None if here else member.disabled_at or member.seen_at,
        here=here,
        myself=member.pk == viewer.pk,
    )


def _seen(member: User) -> str:
    if not member.is_active:
        return "Switched off"
    if member.is_here:
        return "Here now"
    return "" if member.seen_at else "Never"


def handed_over(handed: Handed, heir: User) -> tuple[str, str]:
    """What has moved, and what has not ("" if nothing stayed)."""
    parts = [_counted(handed.subjects, "subject")]
    if handed.presets:
        parts.append(_counted(handed.presets, "preset"))
    if handed.snippets:
        parts.append(_counted(handed.snippets, "snippet"))
    if handed.searches:
        number = handed.searches
        parts.append("1 saved search" if number == 1 else f"{number} saved searches")
    if handed.drafts:
        parts.append(_counted(handed.drafts, "draft"))
    if handed.tasks.tasks:
        parts.append(_counted(handed.tasks.tasks, "waiting task"))
    verb = "is" if parts == ["1 subject"] else "are"
    done = f"{get_text_list(parts, 'and')} {verb} now {heir.display_name}'s."
    rest = []
    if handed.drafts_left:
        rest.append(
            f"{_counted(handed.drafts_left, 'draft')} stayed: {heir.display_name} has one of that kind."
        )
    if handed.tasks.left:
        rest.append(
            f"{_counted(handed.tasks.left, 'waiting task')} stayed: press again, or look at the key "
            f"and the budget of {heir.display_name}."
        )
    return done, " ".join(rest)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def expiry(invitation: Invitation) -> str:
    left = invitation.expires_at - timezone.now()
    if left <= timedelta(0):
        return "its time is over"
    if left < timedelta(hours=1):
        return "the link works for less than an hour"
    if left < timedelta(days=1):
        return f"the link works for {round(left.total_seconds() / 3600)} more hours"
    days = round(left.total_seconds() / 86400)
    return f"the link works for {days} more day{'s' if days != 1 else ''}"
