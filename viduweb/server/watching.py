"""The connections of a worker: taken, watched, and closed when their time is over."""

import errno
import resource
import selectors
import socket
import time
from contextlib import suppress
from functools import partial
from threading import BoundedSemaphore
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from .balance import BALANCE
from .connection import Connection, Waits

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE

FILES = 4096

MOST_HELD = 64 * 1024**2
"""Bytes of answers in memory that nobody reads, in one process."""


class WatchingWorker(ThreadWorker):
    """Keeps `connections` in its poller. Only the loop's own thread gets into these methods."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connections: set[Connection] = set()
        self.waiters = BoundedSemaphore(max(1, self.cfg.threads // 4))

    def init_process(self) -> None:
        # A connection may have three files: itself, its body, and what it is sent.
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if 0 <= soft < FILES:
            with suppress(ValueError, OSError):
                more = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
                resource.setrlimit(resource.RLIMIT_NOFILE, (more, hard))
        BALANCE.join(self.age)
        try:
            super().init_process()
        finally:
            BALANCE.leave()

    def _ready(self, conn: Connection, sock: socket.socket) -> None:
        """What to do when `conn` can be read or written, whichever it is watched for."""
        raise NotImplementedError

    def accept(self, listener: socket.socket) -> None:
        BALANCE.give_way()
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                return
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            self._make_room()
            return
        self._count(+1)
        conn = Connection(self.cfg, sock, client, listener.getsockname(), self.waiters)
        self.connections.add(conn)
        self._watch(conn, READ)
        if self.nr_conns >= self.worker_connections:
            self._make_room()

    def _make_room(self) -> None:
        """Closes who has waited longest for the least."""
        waiting = [conn for conn in self.connections if conn.waits != Waits.FOR_US]
        if waiting:
            self._close(min(waiting, key=lambda conn: (conn.waits, conn.ends)))

    def _watch(self, conn: Connection, events: int) -> None:
        if events == conn.events:
            return
        if not events:
            self.poller.unregister(conn.socket)
        elif conn.events:
            self.poller.modify(conn.socket, events, partial(self._ready, conn))
        else:
            self.poller.register(conn.socket, events, partial(self._ready, conn))
        conn.events = events

    def _close(self, conn: Connection) -> None:
        if conn in self.connections:
            self._watch(conn, 0)
            self.connections.discard(conn)
            self._count(-1)
            conn.close()

    def _count(self, more: int) -> None:
        self.nr_conns += more
        BALANCE.has(self.nr_conns)

    def murder_keepalived(self, force: bool = False) -> None:
        """Closes every connection whose time is over; by force, all that wait."""
        now = time.monotonic()
        for conn in list(self.connections):
            if conn.waits != Waits.FOR_US and (force or conn.ends <= now):
                self._close(conn)

    def murder_pending(self) -> None:
        """There are none: new connections wait like the others."""

    def _cap_keepalive(self, deadline: float) -> None:
        for conn in self.connections:
            if conn.waits in (Waits.FOR_NEXT, Waits.TO_CLOSE) or conn.incoming.is_empty:
                conn.ends = min(conn.ends, deadline)

    def _bound_answers(self) -> None:
        """Closes the readers that have stalled longest while answers take too much memory."""
        readers = [conn for conn in self.connections if conn.waits == Waits.FOR_READER]
        held = sum(conn.sock.held for conn in readers)
        for conn in sorted(readers, key=lambda conn: conn.ends):
            if held <= MOST_HELD:
                return
            held -= conn.sock.held
            self._close(conn)
