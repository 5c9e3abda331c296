"""What may go wrong with a request, sorted by what it means for the task and its money.

A create raises `NotSent`, `Busy`, `Refused` or `Ambiguous`; a fetch raises `Unauthorized`,
`NotFound` or `Unavailable`. No failure is chained to the HTTP library's error, which holds the
request with its key and images; texts never contain the key or a data URI.
"""

from typing import Any


class GatewayFailure(Exception):
    """`reason` is a sentence. The other attributes are what the gateway said, where it did."""

    def __init__(
        self,
        reason: str,
        *,
        status: int | None = None,
        code: str = "",
        message: str = "",
        retry_after: float | None = None,
        request_id: str = "",
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.request_id = request_id

    def detail(self) -> dict[str, Any]:
        known = {
            "failure": type(self).__name__,
            "reason": self.reason,
            "status": self.status,
            "code": self.code,
            "message": self.message,
            "retry_after": self.retry_after,
            "request_id": self.request_id,
        }
        return {name: value for name, value in known.items() if value not in (None, "")}


class NotSent(GatewayFailure):
    """Not one byte of the request left: sending it again is safe."""


class Busy(GatewayFailure):
    """The gateway turned the request away for now: 429, or 503 with Retry-After.

    Sending it again is safe, after `retry_after` seconds if that is given.
    """


class Refused(GatewayFailure):
    """The gateway will not take this request; sending it again changes nothing.

    `local` is set when we refused it ourselves, without asking the gateway.
    """

    def __init__(self, reason: str, *, local: bool = False, **said: Any) -> None:
        super().__init__(reason, **said)
        self.local = local


class Unauthorized(Refused):
    """401 or 403: the key is wrong, may not do this, or has no balance left (docs/gateway.md)."""


class TooLarge(Refused):
    """The body is larger than the gateway takes; it was not sent."""


class Ambiguous(GatewayFailure):
    """The request left, and nobody knows whether a task was made: never send it again unasked."""


class NotFound(GatewayFailure):
    """The gateway does not know this task."""


class Unavailable(GatewayFailure):
    """No usable answer about a task this time; nothing is known about the task itself."""
