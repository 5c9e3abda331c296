"""How often the gateway may be asked, in all and with each key."""

import math
import time
from collections.abc import Collection
from functools import lru_cache
from uuid import UUID

from django.conf import settings

BURST = 0.1
"""Share of a second's polls that may go at once. With the rest of it flowing in over the second,
no second ever has more than the limit."""


class TokenBucket:
    """Fills with `limit` a second, 0 is no limit; starts with what may go at once."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._most = max(1.0, limit * BURST)
        self._polls = self._most
        self._filled = time.monotonic()

    @property
    def left(self) -> float:
        if not self._limit:
            return math.inf
        now = time.monotonic()
        flows = max(self._limit - self._most, self._limit * (1 - BURST) / 2)
        self._polls = min(self._most, self._polls + (now - self._filled) * flows)
        self._filled = now
        return self._polls

    def take(self) -> None:
        self._polls -= 1


class PollRateLimit:
    """One bucket for all polls, and one a key."""

    def __init__(self, a_second: int, a_second_a_key: int) -> None:
        self._all = TokenBucket(a_second)
        self._a_key = a_second_a_key
        self._keys: dict[UUID | None, TokenBucket] = {}

    @property
    def left(self) -> float:
        return self._all.left

    def allows(self, key: UUID | None) -> bool:
        """Whether one more poll with the key may go now; counts it if so."""
        mine = self._keys.get(key)
        if mine is None:
            mine = self._keys[key] = TokenBucket(self._a_key)
        if mine.left < 1 or self._all.left < 1:
            return False
        mine.take()
        self._all.take()
        return True

    def exhausted(self) -> Collection[UUID]:
        return [key for key, bucket in self._keys.items() if key and bucket.left < 1]


def poll_rate_limit() -> PollRateLimit:
    """This process's own, as the settings say; a new poller goes on where the last one stopped."""
    return _poll_rate_limit(settings.MAX_POLLS_PER_SECOND, settings.MAX_POLLS_PER_SECOND_PER_KEY)


_poll_rate_limit = lru_cache(maxsize=1)(PollRateLimit)
