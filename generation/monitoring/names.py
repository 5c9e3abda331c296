"""Whether two machines go by one name.

A supervisor looks after the workers of its own name, so of two with one name each takes the
other's signs of life for its own. Each writes a token of its own every half minute: who finds
another one where it wrote its own is not alone. A supervisor that follows a killed one never is.
"""

from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from generation.models import Lease

NOTED_FOR = timedelta(seconds=90)
REMEMBERED = timedelta(days=1)
_SELF, _TWIN = "self@", "twin@"


class Name:
    """The name of this machine, as one process has it."""

    def __init__(self) -> None:
        self._token = uuid4().hex
        self._noted = False

    def note(self) -> None:
        now = timezone.now()
        row = Lease.objects.filter(name=_SELF + settings.HOST_NAME).first()
        if self._noted and row is not None and row.token != self._token:
            _write(_TWIN, "", now + NOTED_FOR)
        _write(_SELF, self._token, now + NOTED_FOR)
        self._noted = True
        for kind in (_SELF, _TWIN):
            Lease.objects.filter(name__startswith=kind, expires_at__lt=now - REMEMBERED).delete()

    def forget(self) -> None:
        """For a machine that stops: whoever takes the name now is alone with it."""
        self._noted = False
        Lease.objects.filter(name=_SELF + settings.HOST_NAME, token=self._token).delete()


def _write(kind: str, token: str, until: datetime) -> None:
    Lease.objects.update_or_create(
        name=kind + settings.HOST_NAME, defaults={"token": token, "expires_at": until}
    )


ours = Name()


def shared() -> list[str]:
    """The names by which more than one living machine goes."""
    rows = Lease.objects.filter(name__startswith=_TWIN, expires_at__gt=timezone.now())
    return [
        name.removeprefix(_TWIN) for name in rows.order_by("name").values_list("name", flat=True)
    ]


def unhealthy_reason() -> str:
    """A sentence when a name is shared; "" when none is."""
    found = shared()
    if not found:
        return ""
    return (
        f"Two machines call themselves {' and '.join(found)}, so each takes the other's workers for "
        "its own and does not replace what hangs. Give each a HOST_NAME of its own."
    )
