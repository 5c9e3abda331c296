"""A server on loopback that treats connections as a test says, byte by byte."""

import re
import socket
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress
from typing import Any, Self

LENGTH = re.compile(rb"(?i)content-length: *([0-9]+)")


class RawGateway:
    """Hands each connection to the next of `behaviours`, and all further ones to the last.

    A behaviour is called with the connection, which is closed when it returns.
    """

    def __init__(self, *behaviours: Callable[..., Any]) -> None:
        self.connections = 0
        self._behaviours = behaviours
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1/generation"
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Hangs up, and waits for what is still going on."""
        for sock in (self._listener, *self._open):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def treat(self, behave: Callable[..., Any], connection: socket.socket) -> None:
        behave(connection)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                behave = self._behaviours[min(self.connections, len(self._behaviours) - 1)]
                self.connections += 1
                self._open.append(connection)
                thread = threading.Thread(target=self._run, args=(behave, connection), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _run(self, behave: Callable[..., Any], connection: socket.socket) -> None:
        # The client gives up first, which is what many tests want.
        with connection, suppress(OSError):
            self.treat(behave, connection)


@contextmanager
def raw_gateway(*behaviours: Callable[..., Any]):
    """The base URL of a RawGateway."""
    with RawGateway(*behaviours) as gateway:
        yield gateway.url


def read_request(connection: socket.socket) -> bytes:
    """Reads one whole request and returns its head; OSError when there is none any more."""
    data = b""
    while True:
        head, end, body = data.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if end and len(body) >= int(length[1] if length else 0):
            return head
        if not (chunk := connection.recv(65536)):
            raise ConnectionError("the client has left")
        data += chunk


def wait_for_close(connection: socket.socket) -> None:
    """Holds the connection until the client leaves."""
    while connection.recv(65536):
        pass
