"""The loop's own bounds, without a network."""

from types import SimpleNamespace

import pytest

from viduweb.server import watching
from viduweb.server.connection import Waits
from viduweb.server.worker import Worker


@pytest.fixture
def loop():
    """A worker that has never started; `closed` are the connections it closes."""
    made = Worker.__new__(Worker)
    made.connections, made.closed = [], []
    made._close = lambda conn: (made.closed.append(conn.name), made.connections.remove(conn))
    return made


def waiting(loop, name, waits, ends, held=0):
    conn = SimpleNamespace(name=name, waits=waits, ends=ends, sock=SimpleNamespace(held=held))
    loop.connections.append(conn)


def test_who_waits_for_the_least_makes_room_first(loop):
    waiting(loop, "working", Waits.FOR_US, 0)
    waiting(loop, "reader", Waits.FOR_READER, 1)
    waiting(loop, "late head", Waits.FOR_REQUEST, 9)
    waiting(loop, "early head", Waits.FOR_REQUEST, 2)
    waiting(loop, "idle", Waits.FOR_NEXT, 7)
    waiting(loop, "leaving", Waits.TO_CLOSE, 8)

    for _ in range(6):
        loop._make_room()

    assert loop.closed == ["leaving", "idle", "early head", "late head", "reader"]


def test_answers_that_nobody_reads_have_a_bound_in_all(loop, monkeypatch):
    monkeypatch.setattr(watching, "MOST_HELD", 100)
    waiting(loop, "young", Waits.FOR_READER, 9, held=60)
    waiting(loop, "old", Waits.FOR_READER, 2, held=60)
    waiting(loop, "file", Waits.FOR_READER, 3, held=0)
    waiting(loop, "working", Waits.FOR_US, 0, held=500)

    loop._bound_answers()
    loop._bound_answers()

    assert loop.closed == ["old"]
