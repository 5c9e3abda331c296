"""How many passwords may be tried: counted before one is looked at, so that many at once gain nothing.

Strangers are counted by account, by address and all together. Whoever has logged in to the account
before, with this browser or from this address, has a counter of their own, so that nobody can lock
them out from elsewhere.
"""

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from generation.models import LoginCounter, LoginPlace, User
from generation.models.login_name import folded

from .client_address import client_address, network
from .devices import device_of

WINDOW = timedelta(minutes=5)
PER_ACCOUNT = 5
PER_ADDRESS = 30
"""An office shares one address."""

OVERALL = 300
PLACES_KEPT = timedelta(days=180)
EVERYBODY = "all"


class TooManyGuesses(Exception):
    """Nothing more is looked at for now; the text says how long."""

    def __init__(self, until: datetime) -> None:
        self.seconds = max(1, math.ceil((until - timezone.now()).total_seconds()))
        minutes = math.ceil(self.seconds / 60)
        pause = "a minute" if minutes == 1 else f"{minutes} minutes"
        super().__init__(f"Too many wrong passwords. Wait {pause} and try again.")


@dataclass(frozen=True, slots=True)
class Guess:
    """One password that may be looked at. `own` is the counter that a right one empties."""

    user: User | None
    own: str
    shared: tuple[str, ...]

    def was_right(self) -> None:
        LoginCounter.objects.filter(name=self.own).delete()
        LoginCounter.objects.give_back(*self.shared)


def guess_at_login(request: HttpRequest, name: str) -> Guess:
    """Counts a guess at the account of that name or e-mail; raises TooManyGuesses."""
    user = User.objects.called(name)
    address = f"from:{network(client_address(request))}"
    if user is None:
        # The same limits as for an account, or they would tell which names exist.
        return _count(None, f"name:{_digest(name)}", (EVERYBODY, address))
    return _guess(request, user, "")


def guess_at_second_factor(request: HttpRequest, user: User) -> Guess:
    """Counts a code by somebody whose password was right, apart; raises TooManyGuesses."""
    return _guess(request, user, "code-")


def guess_at_passkey(request: HttpRequest) -> Guess:
    """Counts an attempt of which nobody knows yet whose it is; raises TooManyGuesses."""
    return _count(None, f"passkey:{network(client_address(request))}", ())


def _guess(request: HttpRequest, user: User, kind: str) -> Guess:
    place = network(client_address(request))
    address = f"from:{place}"
    if device := device_of(request, user):
        return _count(user, f"{kind}device:{user.pk}:{device}", ())
    if LoginPlace.objects.filter(user=user, address=place).exists():
        return _count(user, f"{kind}place:{user.pk}:{place}", (address,))
    return _count(user, f"{kind}account:{user.pk}", (EVERYBODY, address))


def guess_at_share(request: HttpRequest, share: str) -> Guess:
    """Counts a guest's password, by link and by address; raises TooManyGuesses."""
    place = network(client_address(request))
    return _count(None, f"share:{share}:{place}", (f"share-all:{share}", f"share-from:{place}"))


def guess_at_own_password(user: User) -> Guess:
    """Counts a password or code by somebody who is logged in; raises TooManyGuesses."""
    return _count(user, f"own:{user.pk}", ())


def count_reset(request: HttpRequest, name: str) -> User | None:
    """Counts a wish for a new password, and says whose; raises TooManyGuesses."""
    user = User.objects.called(name)
    whose = str(user.pk) if user else _digest(name)
    _count(user, f"reset:{whose}", (f"reset-from:{network(client_address(request))}",))
    return user


def remember_place(request: HttpRequest, user: User) -> None:
    place = LoginPlace(user=user, address=network(client_address(request)), last_at=timezone.now())
    LoginPlace.objects.bulk_create(
        [place],
        update_conflicts=True,
        unique_fields=["user", "address"],
        update_fields=["last_at"],
    )


def sweep() -> None:
    now = timezone.now()
    LoginCounter.objects.filter(ends_at__lt=now).delete()
    LoginPlace.objects.filter(last_at__lt=now - PLACES_KEPT).delete()


def _digest(name: str) -> str:
    return hashlib.sha256(folded(name).encode()).hexdigest()[:40]


def _count(user: User | None, own: str, shared: tuple[str, ...]) -> Guess:
    most = {EVERYBODY: OVERALL, own: PER_ADDRESS if own.startswith("passkey:") else PER_ACCOUNT}
    limits = {name: most.get(name, PER_ADDRESS) for name in (*shared, own)}
    # Looked at first: who is locked out makes us write nothing.
    if until := LoginCounter.objects.full(limits):
        raise TooManyGuesses(until)
    ends_at = timezone.now() + WINDOW
    with transaction.atomic():
        for name, allowed in limits.items():
            if not LoginCounter.objects.take(name, allowed, ends_at):
                # Leaving the transaction takes back what the others have counted.
                raise TooManyGuesses(ends_at)
    return Guess(user, own, shared)
