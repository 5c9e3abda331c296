"""gunicorn's threaded worker, with all waiting for clients done by the one loop.

A thread of the pool only ever runs the application: heads and bodies are whole before it is
asked, and what a client does not read at once is sent by the loop. So half-sent requests and
stalled readers cost a connection each and no thread; when there are too many connections, the
one that has waited longest is closed for the next.
"""

import socket
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from gunicorn.http import wsgi
from gunicorn.http.errors import NoMoreData
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER

from .connection import LINGER, LINGER_REFUSED, STALLED, Connection, Waits
from .frames import in_one_piece
from .incoming import BadChunk, Gate, Incoming, TooMuch
from .watching import READ, WRITE, WatchingWorker

RECEIVED_AT_ONCE = 256 * 1024

MOST_SPOOLED = 2 * 1024**3
"""Bytes of half-sent bodies on the disk, in one process."""


class Worker(WatchingWorker):
    gate: Gate

    def get_thread_pool(self) -> ThreadPoolExecutor:
        # Uploads decode pictures, one at a time: they queue here, beside the pages.
        uploads = max(1, self.cfg.threads // 4)
        self.uploads = ThreadPoolExecutor(uploads, "upload")
        return ThreadPoolExecutor(max(1, self.cfg.threads - uploads), "page")

    def load_wsgi(self) -> None:
        super().load_wsgi()
        from django.db import close_old_connections

        from generation.bodies import most_bytes
        from generation.garbage import end_of_loading

        def gate(environ: dict[str, Any]) -> int:
            # As Django does around each request; it does not see this one.
            close_old_connections()
            try:
                return most_bytes(environ)
            finally:
                close_old_connections()

        self.gate = gate
        end_of_loading()

    # What happens on a connection

    def _ready(self, conn: Connection, _: Any) -> None:
        try:
            if conn not in self.connections:
                return
            if conn.waits == Waits.FOR_READER:
                self._send(conn)
            else:
                self._receive(conn)
        except Exception:
            self.log.exception("A connection failed unexpectedly")
            self._close(conn)

    def _receive(self, conn: Connection) -> None:
        try:
            data = conn.socket.recv(RECEIVED_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close(conn)
        elif conn.waits != Waits.TO_CLOSE:
            self._feed(conn, data)

    def _feed(self, conn: Connection, data: bytes) -> None:
        try:
            conn.incoming.feed(data)
        except TooMuch:
            if conn.incoming.asked:
                self._submit(conn, self._answer, self._answered)
            else:
                self._submit(conn, self._ask, self._asked)
            return
        except Exception as error:
            self._refuse(conn, error)
            return
        self._go_on(conn)

    def _go_on(self, conn: Connection) -> None:
        incoming = conn.incoming
        if incoming.is_whole:
            self._submit(conn, self._answer, self._answered)
            return
        conn.ends = incoming.ends
        if incoming.request is not None:
            conn.waits = Waits.FOR_BODY
            if incoming.request._expected_100_continue:
                incoming.request._expected_100_continue = False
                with suppress(OSError):
                    conn.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            if self._spooled() > MOST_SPOOLED:
                self._say(conn, b"503 Service Unavailable\r\nRetry-After: 30")
                return
        else:
            conn.waits = Waits.FOR_REQUEST
        self._watch(conn, READ)

    def _spooled(self) -> int:
        return sum(conn.incoming.received for conn in self.connections)

    def _refuse(self, conn: Connection, error: Exception) -> None:
        if isinstance(error, BadChunk | NoMoreData):
            self._say(conn, b"400 Bad Request")
            return
        if not isinstance(error, StopIteration):
            self.handle_error(None, conn.sock, conn.client, error)
        conn.keep = False
        self._send(conn)

    def _say(self, conn: Connection, status: bytes) -> None:
        with suppress(OSError):
            conn.sock.sendall(
                b"HTTP/1.1 " + status + b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            )
        conn.keep = False
        self._send(conn)

    def _submit(self, conn: Connection, work: Any, then: Any) -> None:
        self._watch(conn, 0)
        conn.waits = Waits.FOR_US
        pool = self.uploads if work == self._answer and _is_upload(conn.incoming) else self.tpool
        conn.job = pool.submit(work, conn)
        conn.job.add_done_callback(lambda job: self.method_queue.defer(self._done, conn, job, then))

    def _done(self, conn: Connection, job: Future[Any], then: Any) -> None:
        try:
            then(conn, job.result())
        except Exception:
            self.log.exception("A request failed unexpectedly")
            self._close(conn)

    def _asked(self, conn: Connection, most: int) -> None:
        try:
            conn.incoming.allow(most)
        except TooMuch:
            self._submit(conn, self._answer, self._answered)
            return
        except BadChunk as error:
            self._refuse(conn, error)
            return
        self._go_on(conn)

    def _answered(self, conn: Connection, keep: bool) -> None:
        conn.keep = keep and conn.incoming.is_whole
        self._send(conn)

    def _send(self, conn: Connection) -> None:
        sent = conn.sock.flush()
        if conn.sock.broken:
            self._close(conn)
        elif conn.sock.pending:
            if sent or conn.waits != Waits.FOR_READER:
                conn.ends = time.monotonic() + STALLED
            conn.waits = Waits.FOR_READER
            self._watch(conn, WRITE)
            self._bound_answers()
        elif conn.keep:
            self._expect_next(conn)
        else:
            self._linger(conn)

    def _expect_next(self, conn: Connection) -> None:
        seconds = self.cfg.keepalive if self.alive else STOP_KEEPALIVE_LINGER
        conn.next_request(seconds)
        if conn.incoming.is_empty:
            self._watch(conn, READ)
        else:
            self._feed(conn, b"")

    def _linger(self, conn: Connection) -> None:
        """Closes the connection so that the client gets the answer, whatever it still sends."""
        refused = conn.incoming.request is not None and not conn.incoming.is_whole
        try:
            conn.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        conn.waits = Waits.TO_CLOSE
        conn.ends = time.monotonic() + (LINGER_REFUSED if refused else LINGER)
        self._watch(conn, READ)

    # In threads of the pool

    def _ask(self, conn: Connection) -> int:
        request = conn.incoming.request
        assert request is not None
        expected, request._expected_100_continue = request._expected_100_continue, False
        _, environ = wsgi.create(request, conn.sock, conn.client, conn.server, self.cfg)
        request._expected_100_continue = expected
        return self.gate(environ)

    @in_one_piece
    def _answer(self, conn: Connection) -> bool:
        request = conn.incoming.finish()
        try:
            return bool(self.handle_request(request, conn))
        except StopIteration:
            return False
        except (ConnectionError, TimeoutError) as error:
            self.log.debug("The client is gone: %s", error)
        except OSError:
            # What was sent of the answer may be half of it.
            self.log.exception("A request failed")
        except Exception as error:
            self.handle_error(request, conn.sock, conn.client, error)
        finally:
            conn.incoming.close()
        return False


def _is_upload(incoming: Incoming) -> bool:
    assert incoming.request is not None
    return any(
        name == "CONTENT-TYPE" and value.lower().startswith("multipart/")
        for name, value in incoming.request.headers
    )
