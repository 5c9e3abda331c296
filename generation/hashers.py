"""How passwords are hashed: enough work for who steals the table, little for our own memory."""

from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher

HASHES_AT_ONCE = 2
"""Hashes a process makes at a time; the next waits its turn of some hundredths of a second."""

_turns = BoundedSemaphore(HASHES_AT_ONCE)


class LeanArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id as OWASP's least: 19 MiB, two passes, one lane.

    Django's own parameters take 100 MiB a login. Hashes made with them stay good, and are
    replaced at the next login.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _turns:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _turns:
            return bool(super().verify(password, encoded))
