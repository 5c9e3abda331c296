"""What somebody proves beside the password: codes of an app, recovery codes, passkeys.

allauth keeps the table, and knows how codes follow from a seed. The seeds are encrypted by our keys,
each bound to its member, and a code that was taken is written into the row: no cache may forget it.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.db import transaction
from django.utils import timezone

from generation.models import User
from generation.models.secrets import SecretUnreadable, encrypt

from .seeds import SEEDS, Kind, owner_of, seed_of

CODES = 10
STRONG = (Kind.TOTP, Kind.WEBAUTHN)
"""Recovery codes are nothing by themselves: they stand in for one of these."""


@dataclass(frozen=True, slots=True)
class Factors:
    """What a member has set up; `left` are recovery codes that were not used yet."""

    app: Authenticator | None
    passkeys: list[Authenticator]
    codes: Authenticator | None
    left: int

    def __bool__(self) -> bool:
        return bool(self.app or self.passkeys)


def has_factor(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type__in=STRONG).exists()


def factors(user: User) -> Factors:
    rows = list(Authenticator.objects.filter(user=user).order_by("pk"))
    one = {row.type: row for row in rows}
    codes = one.get(Kind.RECOVERY_CODES)
    return Factors(
        app=one.get(Kind.TOTP),
        passkeys=[row for row in rows if row.type == Kind.WEBAUTHN],
        codes=codes,
        left=CODES - codes.data["used_mask"].bit_count() if codes else 0,
    )


def new_seed() -> str:
    return totp.generate_totp_secret()


def address_of(user: User, seed: str) -> str:
    """What the app reads from the QR code."""
    return str(get_adapter().build_totp_url(user, seed))


def picture_of(address: str) -> str:
    """Its QR code, as SVG in base64."""
    svg = str(get_adapter().build_totp_svg(address))
    return base64.b64encode(svg.encode()).decode()


def add_app(user: User, seed: str, code: str) -> Authenticator | None:
    """None when the code is not of this seed, or there is an app already."""
    counter = _counter_of(seed, code)
    if counter is None:
        return None
    made, new = Authenticator.objects.get_or_create(
        user=user,
        type=Kind.TOTP,
        defaults={"data": {"secret": encrypt(seed, owner_of(user.pk)), "last_counter": counter}},
    )
    return made if new else None


def use_code(user: User, code: str) -> Authenticator | None:
    """The factor of which `code` is, used up with that; None for a wrong or a used one.

    Raises SecretUnreadable when it fits none, and one cannot be read.
    """
    given = "".join(code.split()).replace("-", "").upper()
    if not given.isascii() or not 6 <= len(given) <= 16:
        return None
    unreadable = None
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update().filter(user=user, type__in=SEEDS)
        for row in rows.order_by("pk"):
            try:
                taken = _take(row, given)
            except SecretUnreadable as error:
                unreadable = error
                continue
            if taken:
                row.last_used_at = timezone.now()
                row.save(update_fields=["data", "last_used_at"])
                return row
    if unreadable:
        raise unreadable
    return None


def _take(row: Authenticator, code: str) -> bool:
    seed = seed_of(row)
    if row.type == Kind.TOTP:
        counter = _counter_of(seed, code)
        # One that is as old as the last one, or older, was seen on its way.
        if counter is None or counter <= row.data.get("last_counter", 0):
            return False
        row.data["last_counter"] = counter
        return True
    for number, one in enumerate(_codes_of(seed)):
        free = not row.data["used_mask"] >> number & 1
        if hmac.compare_digest(one.encode(), code.encode()) and free:
            row.data["used_mask"] |= 1 << number
            return True
    return False


def new_recovery_codes(user: User) -> list[str]:
    """Ten new ones, to be shown once; earlier ones end."""
    seed = secrets.token_hex(32)
    data = {"seed": encrypt(seed, owner_of(user.pk)), "used_mask": 0}
    Authenticator.objects.update_or_create(
        user=user,
        type=Kind.RECOVERY_CODES,
        defaults={"data": data, "created_at": timezone.now(), "last_used_at": None},
    )
    return [f"{code[:4]}-{code[4:]}" for code in _codes_of(seed)]


def remove(user: User, pk: int) -> Authenticator | None:
    """The app or passkey that is gone; recovery codes go with the last of them."""
    row = Authenticator.objects.filter(user=user, pk=pk, type__in=STRONG).first()
    if row is None:
        return None
    row.delete()
    if not has_factor(user):
        Authenticator.objects.filter(user=user).delete()
    return row


def reset(user: User) -> bool:
    """Whether there was anything to remove."""
    return bool(Authenticator.objects.filter(user=user).delete()[0])


def _counter_of(seed: str, code: str) -> int | None:
    """The moment to which the code belongs, among those that are near enough."""
    for counter in totp.yield_hotp_counters_from_time():
        value = totp.format_hotp_value(totp.hotp_value(seed, counter))
        if hmac.compare_digest(value.encode(), code.encode()):
            return counter
    return None


def _codes_of(seed: str) -> list[str]:
    """Eight letters and digits each: 40 bits, which nobody guesses within the limits."""
    return [
        base64.b32encode(hmac.digest(seed.encode(), bytes([number]), hashlib.sha256)[:5]).decode()
        for number in range(CODES)
    ]
