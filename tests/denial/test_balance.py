"""New connections go to the process of the web server that has fewest."""

import os

import psutil
import pytest

from tests.support.eventually import eventually
from viduweb.server import balance
from viduweb.server.balance import PATIENCE, Balance


@pytest.fixture
def waits(monkeypatch):
    found = []
    monkeypatch.setattr(balance.time, "sleep", found.append)
    return found


def other(shared, number, pid=None):
    """Another process of the same memory, which is this one here, or `pid`."""
    made = Balance.__new__(Balance)
    made._pids, made._counts = shared._pids, shared._counts
    made.join(number)
    if pid is not None:
        made._pids[number] = pid
    return made


def test_only_who_has_more_than_another_gives_way(waits):
    first = Balance()
    first.join(1)
    first.has(3)
    first.give_way()
    assert waits == []  # there is nobody else
    second = other(first, 2)
    second.has(3)
    first.give_way()
    second.give_way()
    assert waits == []
    second.has(2)
    second.give_way()
    assert waits == []
    first.give_way()
    assert waits == [PATIENCE]
    second.leave()
    first.give_way()
    assert waits == [PATIENCE]


def test_who_was_killed_is_struck_off(waits):
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    first = Balance()
    first.join(1)
    other(first, 2, pid=child)
    first.has(5)
    first.give_way()
    assert waits == [PATIENCE]
    other(first, 3).has(5)
    first.give_way()
    assert waits == [PATIENCE]


def test_forks_share_what_they_have():
    shared = Balance()
    child = os.fork()
    if not child:
        shared.join(7)
        shared.has(4)
        os._exit(0)
    os.waitpid(child, 0)
    assert list(shared._counts)[7] == 4
    assert list(shared._pids)[7] == child


@pytest.mark.processes
def test_connections_that_come_at_once_are_shared(web):
    """Not all by who woke first. They ask for nothing yet, so that both processes are free."""
    master = psutil.Process(web.process.pid)
    opened = [web.connect() for _ in range(24)]

    def shares():
        found = [
            sum(
                c.laddr.port == web.port
                for c in one.net_connections("tcp")
                if c.status == "ESTABLISHED"
            )
            for one in master.children(recursive=True)
        ]
        return sorted(count for count in found if count)

    try:
        assert eventually(lambda: sum(shares()) == len(opened), 5), shares()
        assert len(shares()) == 2, shares()
        assert shares()[0] >= 6, shares()
    finally:
        for sock in opened:
            sock.close()
