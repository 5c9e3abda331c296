import os
import socket
import threading
import time
from pathlib import Path

import pytest

from viduweb.server import outgoing
from viduweb.server.outgoing import Outgoing

SOON = 10.0
"""Seconds after which what is to come at once will not come."""


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(SOON)
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def out(ends):
    made = Outgoing(ends[0], threading.BoundedSemaphore(1))
    yield made
    made.drop()


def read_all(sock, size):
    data = b""
    while len(data) < size and (piece := sock.recv(1024 * 1024)):
        data += piece
    return data


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_what_is_taken_at_once_does_not_wait(out, ends):
    out.sendall(b"hello")

    assert not out.pending
    assert ends[1].recv(10) == b"hello"


def test_what_is_not_taken_waits_without_a_thread(out, ends):
    data = os.urandom(1_400_000)

    out.sendall(data)

    assert out.pending
    received = b""
    while out.pending:
        received += ends[1].recv(65536)
        out.flush()
    assert received + read_all(ends[1], len(data) - len(received)) == data


def test_files_and_bytes_keep_their_order(out, ends, tmp_path):
    path = tmp_path / "file"
    content = os.urandom(1_000_000)
    path.write_bytes(content)
    files = open_files()
    with path.open("rb") as file:
        out.sendall(b"head")
        assert out.sendfile(file, offset=10, count=900_000) == 900_000
        out.sendall(b"tail")
    path.unlink()

    received = b""
    while len(received) < 900_008:
        received += ends[1].recv(65536)
        out.flush()

    assert received == b"head" + content[10:900_010] + b"tail"
    assert open_files() == files


def test_a_fast_reader_of_a_large_file_has_turns_too(out, ends, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(20_000_000))
    reader = threading.Thread(target=read_all, args=(ends[1], 20_000_000))
    reader.start()
    with path.open("rb") as file:
        out.sendfile(file, offset=0, count=20_000_000)

    turns = []
    while out.pending:
        turns.append(out.flush())

    reader.join(SOON)
    assert max(turns) <= outgoing.SENT_AT_ONCE + outgoing.PIECE
    assert sum(turns) >= 18_000_000, "the thread that began it was soon free"


def test_a_file_that_ends_early_breaks_the_connection(out, ends, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 10)
    files = open_files()
    with path.open("rb") as file, pytest.raises(OSError, match="gone"):
        out.sendfile(file, offset=0, count=20)

    assert out.broken
    assert open_files() == files


def test_a_client_that_left_is_noticed(out, ends):
    ends[1].close()

    with pytest.raises(OSError, match="gone"):
        out.sendall(b"x" * 2_000_000)
    assert out.broken
    assert not out.pending


def test_who_makes_too_much_waits_until_it_is_taken(out, ends):
    data = os.urandom(3_000_000)
    received = []
    # As much as leaves while the thread waits: nobody sends the rest here.
    surely_sent = len(data) - outgoing.LOW
    reader = threading.Thread(target=lambda: received.append(read_all(ends[1], surely_sent)))
    reader.start()

    out.sendall(data)

    assert out._bytes <= outgoing.LOW
    reader.join(SOON)
    assert data.startswith(received[0])


def test_a_reader_that_takes_nothing_does_not_hold_a_thread_for_ever(out, ends, monkeypatch):
    monkeypatch.setattr(outgoing, "DRAINED_WITHIN", 0.1)

    with pytest.raises(TimeoutError, match="does not read"):
        out.sendall(b"x" * 3_000_000)
    assert out.broken


def test_a_reader_that_drips_does_not_either(out, ends, monkeypatch):
    monkeypatch.setattr(outgoing, "DRAINED_WITHIN", 0.3)
    stop = threading.Event()

    def drip():
        while not stop.wait(0.02):
            ends[1].recv(10)

    reader = threading.Thread(target=drip)
    reader.start()
    try:
        with pytest.raises(TimeoutError, match="does not read"):
            out.sendall(b"x" * 5_000_000)
    finally:
        stop.set()
        reader.join(SOON)


def test_few_threads_may_wait(ends, monkeypatch):
    monkeypatch.setattr(outgoing, "PATIENCE", 0.05)
    monkeypatch.setattr(outgoing, "DRAINED_WITHIN", 1.0)
    waiters = threading.BoundedSemaphore(1)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        first = threading.Thread(target=lambda: _swallow(Outgoing(ours, waiters)))
        first.start()
        time.sleep(0.2)
        with pytest.raises(TimeoutError, match="too many"):
            Outgoing(ends[0], waiters).sendall(b"x" * 3_000_000)
        first.join(SOON)


def _swallow(out):
    with pytest.raises(TimeoutError):
        out.sendall(b"x" * 3_000_000)
