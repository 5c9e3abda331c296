"""Answers on their way to a client that may be slow, or not read at all."""

import os
import select
import socket
import time
from collections import deque
from threading import BoundedSemaphore
from typing import BinaryIO, NamedTuple

HIGH, LOW = 1536 * 1024, 512 * 1024
"""Bytes that wait in memory: above HIGH the thread that makes more has to wait for LOW."""

PIECE, SENT_AT_ONCE = 256 * 1024, 1024 * 1024
"""Bytes in one call, and before others have their turn: a reader may be as fast as we are."""

DRAINED_WITHIN = 60.0
"""Seconds a thread waits for a client to take HIGH - LOW bytes: 17 KB/s is the least."""

PATIENCE = 5.0
"""Seconds a thread waits for its turn to wait."""


class Slice(NamedTuple):
    """A part of a file that is still to be sent, by a descriptor of our own."""

    fd: int
    offset: int
    left: int


class Outgoing:
    """Stands in for the socket while gunicorn writes a response; never waits for the client.

    What the client does not take at once is kept and sent by `flush`. Only who makes more than
    HIGH bytes waits, and `waiters` bounds how many threads do. One thread at a time uses it.
    """

    def __init__(self, sock: socket.socket, waiters: BoundedSemaphore) -> None:
        self._sock = sock
        self._waiters = waiters
        self._queue: deque[memoryview | Slice] = deque()
        self._bytes = 0
        self.broken = False

    @property
    def pending(self) -> bool:
        return bool(self._queue) and not self.broken

    @property
    def held(self) -> int:
        """Bytes in memory; files are not."""
        return self._bytes

    # What gunicorn calls

    def send(self, data: bytes) -> int:
        self.sendall(data)
        return len(data)

    def sendall(self, data: bytes) -> None:
        """Raises OSError when the client is gone, or takes nothing while much is made."""
        if data:
            self._queue.append(memoryview(bytes(data)))
            self._bytes += len(data)
        self.flush()
        if self.broken:
            raise BrokenPipeError("the client is gone")
        if self._bytes > HIGH:
            self._wait()

    def sendfile(self, file: BinaryIO, offset: int = 0, count: int | None = None) -> int:
        fd = os.dup(file.fileno())
        size = os.fstat(fd).st_size - offset if count is None else count
        self._queue.append(Slice(fd, offset, size))
        self.flush()
        if self.broken:
            raise BrokenPipeError("the client is gone")
        return size

    def gettimeout(self) -> float:
        return 0.0

    def settimeout(self, seconds: float | None) -> None:
        """Nothing here ever blocks."""

    setblocking = settimeout

    def shutdown(self, how: int) -> None:
        """The connection is closed by whoever accepted it."""
        raise OSError("not here")

    def close(self) -> None:
        """Sends no more: half an answer was written, and the rest cannot be."""
        self.broken = True
        self.drop()

    # What the loop calls

    def flush(self) -> int:
        """Sends what the client takes now, about SENT_AT_ONCE bytes at most; how many that was.

        After an error it is `broken`.
        """
        sent = 0
        try:
            while self._queue and sent < SENT_AT_ONCE:
                taken = self._send_first()
                if taken == 0:
                    break
                sent += taken
        except BlockingIOError:
            pass
        except OSError:
            self.close()
        return sent

    def drop(self) -> None:
        for item in self._queue:
            if isinstance(item, Slice):
                os.close(item.fd)
        self._queue.clear()
        self._bytes = 0

    def _send_first(self) -> int:
        item = self._queue[0]
        if isinstance(item, Slice):
            return self._send_slice(item)
        taken = self._sock.send(item[:PIECE])
        self._bytes -= taken
        if taken == len(item):
            self._queue.popleft()
        else:
            self._queue[0] = item[taken:]
        return taken

    def _send_slice(self, item: Slice) -> int:
        taken = 0
        if item.left:
            taken = os.sendfile(self._sock.fileno(), item.fd, item.offset, min(item.left, PIECE))
            if taken == 0:
                # Shorter than was promised: the client sees it by the missing bytes.
                raise OSError("the file ended early")
        if taken == item.left:
            os.close(item.fd)
            self._queue.popleft()
        else:
            self._queue[0] = Slice(item.fd, item.offset + taken, item.left - taken)
        return taken or 1

    def _wait(self) -> None:
        if not self._waiters.acquire(timeout=PATIENCE):
            self.close()
            raise TimeoutError("too many clients that do not read")
        try:
            ends = time.monotonic() + DRAINED_WITHIN
            poll = select.poll()
            poll.register(self._sock, select.POLLOUT)
            while self._bytes > LOW and not self.broken:
                left = ends - time.monotonic()
                if left <= 0 or not poll.poll(left * 1000):
                    self.close()
                    raise TimeoutError("the client does not read")
                self.flush()
            if self.broken:
                raise BrokenPipeError("the client is gone")
        finally:
            self._waiters.release()
