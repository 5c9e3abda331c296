"""What filters offer that stands in the database."""

from dataclasses import dataclass

from django.db.models import BooleanField, Case, Q, Value, When

from generation.models import ApiKey, SavedSearch, Subject, Tag, User
from generation.models.task import seen_by

MOST = 200
"""Of each: a list longer than that is not read but searched."""


@dataclass(frozen=True, slots=True)
class Choices:
    members: list[User]
    subjects: list[Subject]
    keys: list[ApiKey]
    tags: list[str]
    searches: list[SavedSearch]


def choices(user: User) -> Choices:
    subjects = Subject.objects.visible_to(user).current().order_by("handle")
    keys = ApiKey.objects.visible_to(user) | ApiKey.objects.filter(Q(owner=None))
    return Choices(
        # Who has left has made results too.
        list(User.objects.order_by("-is_active", "username")[:MOST]),
        list(subjects[:MOST]),
        list(keys.order_by("label")[:MOST]),
        _tags(user),
        list(SavedSearch.objects.visible_to(user).select_related("owner")[:MOST]),
    )


def _tags(user: User) -> list[str]:
    """Of the newest tags that there are, those on what `user` sees: no task is looked for to find one."""
    seen = Case(
        When(seen_by(user, "task__"), task__trashed_at=None, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    newest = Tag.objects.annotate(seen=seen).order_by("-id").values_list("name", "seen")
    return sorted({name for name, is_seen in newest[: 5 * MOST] if is_seen})[:MOST]
