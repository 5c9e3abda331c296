"""Whom a comment may mention: members who see the result, as one types their names."""

from generation.models import Task, User, Visibility

MOST = 8


def mentionable(user: User, task: Task, typed: str) -> list[User]:
    """Whose name begins so first, then those in whose name it stands; nobody mentions oneself."""
    members = User.objects.filter(is_active=True).exclude(pk=user.pk).order_by("username")
    if task.visibility != Visibility.TEAM:
        members = members.filter(pk=task.owner_id)
    wanted = typed.casefold()
    found = [one for one in members if wanted in _names(one)]
    return sorted(found, key=lambda one: not _names(one).startswith(wanted))[:MOST]


def _names(member: User) -> str:
    return f"{member.username} {member.display_name}".casefold()
