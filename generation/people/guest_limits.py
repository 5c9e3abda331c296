"""How often guests of a share link may write: by link and address, and by link in all."""

from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from generation.models import LoginCounter

from .client_address import client_address, network

WINDOW = timedelta(minutes=10)
PER_GUEST = 10
PER_LINK = 60


class TooMuchWritten(Exception):
    """Nothing was kept; the text says what to do."""

    seconds = int(WINDOW.total_seconds())

    def __str__(self) -> str:
        return "That was a lot in a short time. Wait ten minutes and send it again."


def count_comment(request: HttpRequest, share: str) -> None:
    """Counts one by a guest, before it is kept; raises TooMuchWritten."""
    place = network(client_address(request))
    limits = {f"guest-all:{share}": PER_LINK, f"guest:{share}:{place}": PER_GUEST}
    if LoginCounter.objects.full(limits):
        raise TooMuchWritten
    ends_at = timezone.now() + WINDOW
    with transaction.atomic():
        for name, most in limits.items():
            if not LoginCounter.objects.take(name, most, ends_at):
                # Leaving the transaction takes back what the other has counted.
                raise TooMuchWritten
