"""A client's connection, and what it is waiting for."""

import socket
import time
from concurrent.futures import Future
from enum import IntEnum
from threading import BoundedSemaphore
from typing import Any

from gunicorn.config import Config

from .incoming import Incoming
from .outgoing import Outgoing

STALLED = 30.0
"""Seconds a client may take nothing of its answer."""

LINGER, LINGER_REFUSED = 2.0, 20.0
"""Seconds we go on reading what a client still sends after its last answer: closed at once, it
would not get to see why its upload was refused."""


class Waits(IntEnum):
    """What for; who is closed first when there are too many comes first."""

    TO_CLOSE = 0
    FOR_NEXT = 1
    FOR_REQUEST = 2
    FOR_BODY = 3
    FOR_READER = 4
    FOR_US = 5


class Connection:
    """`sock` is what gunicorn writes to; `socket` the real one, which never blocks."""

    def __init__(
        self, cfg: Config, sock: socket.socket, client: Any, server: Any, waiters: BoundedSemaphore
    ) -> None:
        sock.setblocking(False)
        self.cfg, self.socket, self.client, self.server = cfg, sock, client, server
        self.sock = Outgoing(sock, waiters)
        self.incoming = Incoming(cfg, client)
        self.waits = Waits.FOR_REQUEST
        self.events = 0
        self.ends = self.incoming.ends
        self.keep = False
        self.job: Future[bool] | None = None

    def next_request(self, keepalive: float) -> None:
        """Begins with what has already arrived after the request before."""
        held = self.incoming.rest
        self.incoming.close()
        self.incoming = Incoming(self.cfg, self.client, held)
        self.waits = Waits.FOR_REQUEST if held else Waits.FOR_NEXT
        self.ends = self.incoming.ends if held else time.monotonic() + keepalive

    def close(self) -> None:
        self.sock.close()
        self.incoming.close()
        self.socket.close()
