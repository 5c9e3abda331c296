"""Whether two machines go by one name.

A supervisor looks after the workers of its own name, so of two with one name each takes the
other's signs of life for its own. Each writes a token of its own every half minute: who finds
another one where it wrote its own is not alone. A supervisor that follows a killed one never is.
"""

from datetime import timedelta
from uuid import uuid4

from django.conf import settings

from generation.models import Lease, LeaseKind

NOTED_FOR = timedelta(seconds=90)


class Name:
    """The name of this machine, as one process has it."""

    def __init__(self) -> None:
        self._token = uuid4().hex
        self._noted = False

    def note(self) -> None:
        row = Lease.objects.filter(name=_key()).first()
        if self._noted and row is not None and row.token != self._token:
            Lease.objects.note(LeaseKind.SHARED_HOST.key(settings.HOST_NAME), NOTED_FOR)
        Lease.objects.note(_key(), NOTED_FOR, token=self._token)
        self._noted = True
        Lease.objects.forget_gone(LeaseKind.HOST, LeaseKind.SHARED_HOST)

    def forget(self) -> None:
        """For a machine that stops: whoever takes the name now is alone with it."""
        self._noted = False
        Lease.objects.filter(name=_key(), token=self._token).delete()


def _key() -> str:
    return LeaseKind.HOST.key(settings.HOST_NAME)


ours = Name()


def shared() -> list[str]:
    kind = LeaseKind.SHARED_HOST
    rows = Lease.objects.of(kind).running().order_by("name")
    return [kind.subject(name) for name in rows.values_list("name", flat=True)]


def unhealthy_reason() -> str:
    """A sentence when a name is shared; "" when none is."""
    found = shared()
    if not found:
        return ""
    return (
        f"Two machines call themselves {' and '.join(found)}, so each takes the other's workers for "
        "its own and does not replace what hangs. Give each a HOST_NAME of its own."
    )
