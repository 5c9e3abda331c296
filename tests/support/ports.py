"""Ports for servers that start in a moment, which nobody else is given meanwhile.

Asking the kernel for a free one leaves a gap before it is used, in which another process may be
given the same. So every test process takes a block of ports, below the range from which the
kernel serves outgoing connections, and keeps it locked for as long as it lives.
"""

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import IO

FIRST, LAST = 20_000, 32_000
BLOCK = 100


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens; none is given out twice in a hundred calls."""
    return next(port for port in _ours(os.getpid()) if _is_free(port))


@cache
def _ours(pid: int) -> Iterator[int]:
    """Around and around in this process's block; a forked one takes a block of its own."""
    first = next(first for first in range(FIRST, LAST, BLOCK) if _lock(first))
    return cycle(range(first, first + BLOCK))


_locks: list[IO[bytes]] = []


def _lock(first: int) -> bool:
    folder = Path(tempfile.gettempdir()) / f"viduweb-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    lock = (folder / str(first)).open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return False
    _locks.append(lock)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
