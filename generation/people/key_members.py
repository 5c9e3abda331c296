"""Who may spend on a team key: the whole team, or listed members."""

from collections.abc import Collection

from django.db import transaction

from generation.models import ApiKey, User


def choices(key: ApiKey) -> list[User]:
    """Who may be listed: everybody who can log in, and who is listed already."""
    here = User.objects.filter(is_active=True)
    listed = User.objects.filter(pk__in=key.members.values("pk"))
    return list((here | listed).order_by("username"))


def set_members(key: ApiKey, everyone: bool, members: Collection[User]) -> bool:
    """Whether it has changed. What runs already goes on, whoever is taken off."""
    with transaction.atomic():
        current = ApiKey.objects.select_for_update().get(pk=key.pk)
        before = current.everyone, set(current.members.values_list("pk", flat=True))
        if before == (everyone, {member.pk for member in members}):
            return False
        current.everyone = everyone
        current.save(update_fields=["everyone"])
        current.members.set(members)
    return True


def in_words(key: ApiKey) -> str:
    if key.everyone:
        return "the whole team"
    return ", ".join(key.members.order_by("username").values_list("username", flat=True))
