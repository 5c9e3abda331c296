"""Whether what is kept encrypted can still be read, and keys are good."""

from collections.abc import Iterator

from generation.models import ApiKey
from generation.models.secrets import SecretUnreadable
from generation.people import seeds

Finding = tuple[bool, str]


def keys() -> Iterator[Finding]:
    usable = ApiKey.objects.filter(active=True)
    if not usable.exists():
        yield False, "There is no active key: add one on the Keys page."
    for key in usable:
        try:
            key.reveal()
        except SecretUnreadable:
            yield False, f"Key {key.label} cannot be decrypted: check ENCRYPTION_KEYS."
        else:
            yield (
                not key.paused_at,
                f"Key {key.label} …{key.last_four} "
                + (
                    f"is refused by the gateway: {key.last_error}"
                    if key.paused_at
                    else "is readable."
                ),
            )


def codes() -> Iterator[Finding]:
    for whose in seeds.unreadable():
        yield False, f"{whose} cannot be decrypted: check ENCRYPTION_KEYS."
