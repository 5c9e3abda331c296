"""Hearts, stars, tags and notes: how they come to a result and go, and what is read of them where it is shown."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone

from generation.models import Favourite, Note, Rating, Tag, Task, User, Visibility
from generation.models.said_words import renewed
from generation.models.words import text_of
from generation.people.access import is_private_of_another

from .bulk_said import put_tags, take_tags

REMEMBERED = 200
"""Of a member's newest tags, which are offered again while they type one."""


class TooManyTags(Exception):
    def __str__(self) -> str:
        return f"A result has at most {Tag.MOST} tags."


def like(task: Task, member: User, wanted: bool) -> None:
    """Says what shall be, so that a second press changes nothing."""
    mine = {"member": member, "task": task}
    if wanted:
        Favourite.objects.get_or_create(**mine, defaults={"made_at": task.created_at})
    else:
        Favourite.objects.filter(**mine).delete()


def rate(task: Task, member: User, stars: int) -> None:
    """0 takes them away."""
    if stars:
        Rating.objects.update_or_create(
            member=member,
            task=task,
            defaults={"stars": stars},
            create_defaults={"stars": stars, "made_at": task.created_at},
        )
    else:
        Rating.objects.filter(member=member, task=task).delete()


def add_tags(task: Task, member: User, names: Sequence[str]) -> None:
    if put_tags([task], member, names):
        raise TooManyTags


def remove_tag(task: Task, name: str) -> None:
    """Whoever has put it there: a tag belongs to all who see the result."""
    take_tags([task], [name.replace("\0", "")])


def write_note(task: Task, member: User, text: str, visibility: str) -> None:
    """An empty text takes it away."""
    said = {
        "text": text,
        "folded": text_of(text),
        "visibility": visibility,
        "written_at": timezone.now(),
    }
    with renewed([task.pk]):
        if not text:
            Note.objects.filter(member=member, task=task).delete()
            return
        Note.objects.update_or_create(
            member=member,
            task=task,
            defaults=said,
            create_defaults={**said, "made_at": task.created_at},
        )


def remarks(user: User, task: Task) -> dict[str, Any]:
    """What `user` reads of them; with `can_remark` unless an admin looks at what is another's."""
    can_remark = not is_private_of_another(task, user)
    ratings = dict(Rating.objects.filter(task=task).values_list("member", "stars"))
    notes = list(_readable(user, task, can_remark))
    mine = next((one for one in notes if one.member_id == user.pk), None)
    return {
        "can_remark": can_remark,
        "rating": ratings.get(user.pk, 0),
        "ratings": len(ratings),
        "average": sum(ratings.values()) / len(ratings) if ratings else None,
        "review": getattr(task, "review", None),
        "tags": list(task.tags.values_list("name", flat=True)),
        "notes": [one for one in notes if one is not mine],
        "note": mine,
        "known_tags": _known_tags(user) if can_remark else [],
    }


def _readable(user: User, task: Task, can_remark: bool) -> Iterable[Note]:
    readable = Note.objects.readable_by(user)
    found = readable if can_remark else Note.objects.filter(visibility=Visibility.TEAM)
    return found.filter(task=task).select_related("member")


def _known_tags(user: User) -> list[str]:
    newest = Tag.objects.filter(by=user).order_by("-pk").values_list("name", flat=True)
    return list(dict.fromkeys(newest[:REMEMBERED]))
