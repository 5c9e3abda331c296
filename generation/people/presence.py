"""Who was here when, noted every other minute at most."""

from datetime import timedelta

from django.utils import timezone

from generation.models import User

NOTED_EVERY = timedelta(minutes=2)


def note_seen(user: User) -> None:
    """Costs nothing but now and then: the row of whoever asks is loaded anyway."""
    now = timezone.now()
    if user.seen_at is not None and user.seen_at > now - NOTED_EVERY:
        return
    User.objects.filter(pk=user.pk).update(last_seen_at=now)
