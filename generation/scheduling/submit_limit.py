"""How often a member may submit: counted where the tasks are made, so that nobody slips past."""

import math
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from generation import clock
from generation.models import Task, User

WINDOW = timedelta(minutes=1)


class TooManySubmits(Exception):
    """The member has submitted as often as the setting allows in a minute; the text says so."""

    def __init__(self, most: int, seconds: int) -> None:
        self.seconds = seconds
        times = "once" if most == 1 else f"{most} times"
        super().__init__(
            f"One member may submit {times} a minute, and that is used up. Nothing was "
            f"submitted; wait {seconds} s and press again."
        )


def check_pace(owner: User, most: int) -> None:
    """Raises TooManySubmits when one more within the last minute is too much; 0 is no limit.

    Call inside atomic(), after next_revision(): under its lock nobody submits meanwhile.
    """
    if not most:
        return
    now = timezone.now()
    # What lies ahead was submitted before the clock was set back.
    lately = Q(created_at__gt=now - WINDOW, created_at__lte=clock.newest(now))
    recent = Task.objects.filter(lately, owner=owner).order_by("created_at")
    begun = list(dict(reversed(recent.values_list("submission", "created_at"))).values())
    if len(begun) >= most:
        frees_at = sorted(begun)[len(begun) - most] + WINDOW
        raise TooManySubmits(most, max(1, math.ceil((frees_at - now).total_seconds())))
