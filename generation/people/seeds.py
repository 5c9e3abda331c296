"""The seeds of second factors: encrypted by our keys, each bound to its member."""

from allauth.mfa.models import Authenticator

from generation.models.secrets import SecretUnreadable, decrypt, rotate

Kind = Authenticator.Type
SEEDS = {Kind.TOTP: "secret", Kind.RECOVERY_CODES: "seed"}
"""Under which name a row's data hold its seed."""


def seed_of(row: Authenticator) -> str:
    """Raises SecretUnreadable."""
    return decrypt(row.data[SEEDS[Kind(row.type)]], owner_of(row.user_id))


def owner_of(pk: int) -> str:
    return f"second-factor:{pk}"


def unreadable() -> list[str]:
    """Whose codes nobody can check, as none of our keys opens their seeds."""
    found = []
    for row in Authenticator.objects.filter(type__in=SEEDS).select_related("user").order_by("pk"):
        try:
            seed_of(row)
        except SecretUnreadable:
            found.append(_whose(row))
    return found


def _whose(row: Authenticator) -> str:
    return f"{row.user.username}'s {row.get_type_display()}"


def rotate_seeds() -> tuple[int, list[str]]:
    """How many were encrypted anew, and whose could not be read. Call in a transaction."""
    done, unreadable = 0, []
    for row in Authenticator.objects.select_for_update().filter(type__in=SEEDS):
        name = SEEDS[Kind(row.type)]
        try:
            row.data[name] = rotate(row.data[name])
        except SecretUnreadable:
            unreadable.append(_whose(row))
            continue
        row.save(update_fields=["data"])
        done += 1
    return done, unreadable
