"""Encryption of secrets at rest."""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SecretUnreadable(Exception):
    """No key of ENCRYPTION_KEYS opens this secret, or it belongs to another row."""


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(secret: str, owner: str) -> str:
    """Encrypts `secret`, bound to the row `owner`: moved to another row it does not open."""
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).encrypt(f"{owner}\n{secret}".encode()).decode()


def decrypt(token: str, owner: str) -> str:
    """The secret of row `owner`; raises SecretUnreadable."""
    try:
        text = _fernet(tuple(settings.ENCRYPTION_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken:
        raise SecretUnreadable from None
    bound_to, _, secret = text.partition("\n")
    if bound_to != owner:
        raise SecretUnreadable
    return secret


def rotate(token: str) -> str:
    """The same secret, encrypted by the first key of ENCRYPTION_KEYS; raises SecretUnreadable."""
    try:
        return _fernet(tuple(settings.ENCRYPTION_KEYS)).rotate(token.encode()).decode()
    except InvalidToken:
        raise SecretUnreadable from None
