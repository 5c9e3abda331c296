"""How much of the storage is whose: the whole history is added up by workers, never for a page."""

from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.db.models import F, Sum
from django.template.defaultfilters import filesizeformat

from generation.models import Image, Output, User

MEASURED = "people:stored-bytes"
GOOD_FOR = 3600
"""Seconds."""


def measure_now_and_then() -> None:
    if cache.add(MEASURED, 1, GOOD_FOR):
        measure()


def measure() -> None:
    uploads = Image.objects.order_by().values_list("owner").annotate(Sum("bytes"))
    stored = Output.objects.order_by().filter(state=Output.State.STORED)
    results = dict(
        stored.values_list("task__owner").annotate(sum=Sum(F("bytes") + F("poster_bytes")))
    )
    sums = dict(uploads)
    for user in User.objects.only("pk", "stored_bytes"):
        now = (sums.get(user.pk) or 0) + (results.get(user.pk) or 0)
        if now != user.stored_bytes:
            User.objects.filter(pk=user.pk).update(stored_bytes=now)


@dataclass(frozen=True, slots=True)
class Room:
    """What a member's files take, as far as it was measured, and may take; 0 is no limit."""

    used: int
    limit: int

    @property
    def is_full(self) -> bool:
        return bool(self.limit) and self.used >= self.limit

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.used / self.limit)) if self.limit else 0


def room_of(user: User) -> Room:
    return Room(user.stored_bytes, settings.STORAGE_MB_PER_MEMBER * 1024 * 1024)


class StorageFull(Exception):
    """The member's files take all they may; the text says so, and what helps. `why` is said where
    the page says itself that nothing was submitted.
    """

    def __init__(self, room: Room) -> None:
        full = (
            f"Your files take {filesizeformat(room.used)} of the {filesizeformat(room.limit)} that "
            "a member may have."
        )
        helps = "Move results to the trash and empty it, or ask an admin for more."
        self.why = f"{full} {helps}"
        super().__init__(f"{full} Nothing was submitted. {helps}")


def require_room(owner: User) -> None:
    """Raises StorageFull. What is in the trash counts until it is emptied."""
    if not settings.STORAGE_MB_PER_MEMBER:
        return
    room = room_of(User.objects.only("stored_bytes").get(pk=owner.pk))
    if room.is_full:
        raise StorageFull(room)
