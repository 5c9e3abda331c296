"""Result addresses: unguessable, signed, and dead after a while, like a storage service's."""

import hashlib
import hmac
import re
from urllib.parse import urlencode

PATH = re.compile(r"/results/([0-9a-f]{32})/[A-Za-z0-9_.-]{1,80}")


class Signer:
    """Signs and checks the addresses of one sandbox."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def address(self, path: str, expires: float) -> str:
        """`path` with the query that makes it work until `expires` (Unix seconds)."""
        until = str(int(expires))
        return f"{path}?{urlencode({'expires': until, 'signature': self._signature(path, until)})}"

    def good(self, path: str, expires: str, signature: str, now: float) -> bool:
        right = hmac.compare_digest(self._signature(path, expires).encode(), signature.encode())
        return right and expires.isdecimal() and now < int(expires)

    def _signature(self, path: str, expires: str) -> str:
        return hmac.new(self._secret, f"{path}\n{expires}".encode(), hashlib.sha256).hexdigest()
