"""Lets a create use a connection again without becoming uncertain for that reason.

The gateway may close a kept connection in the very moment it is used again. So the head of a
create goes first, and the body only when the gateway has had the time to say that it had closed
the connection before. A gateway that has the head does not take the connection for idle, and a
head without its body makes no task: it is safe to begin anew over another connection.
"""

import select
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import httpcore

LEAST, MOST, UNKNOWN = 0.02, 0.5, 0.25
"""Seconds to wait for a "closed": at least, at most, and where the system knows no round trip."""

_cautious: ContextVar[bool] = ContextVar("cautious", default=False)


class StaleConnection(httpcore.ConnectError):
    """The connection had been closed; the body of the request has not left."""


@contextmanager
def cautious() -> Iterator[None]:
    """Requests made inside wait for a "closed" between head and body, on a used connection."""
    token = _cautious.set(True)
    try:
        yield
    finally:
        _cautious.reset(token)


def is_cautious() -> bool:
    return _cautious.get()


def settle(sock: socket.socket) -> None:
    """Waits a round trip. Raises StaleConnection when the other side says anything in it."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    if poll.poll(round_trip(sock) * 1000):
        raise StaleConnection("the kept connection had been closed")


def round_trip(sock: socket.socket) -> float:
    """Seconds within which an answer to what was just sent would have come."""
    try:
        # Linux: 8 bytes, then numbers of four; the 16th and 17th are microseconds.
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 76)
        took, deviation = struct.unpack_from("=II", info, 68)
    except (AttributeError, OSError, struct.error):
        return UNKNOWN
    return float(min(max((took + 4 * deviation) / 1_000_000 + LEAST / 2, LEAST), MOST))
