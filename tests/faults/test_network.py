"""A gateway that cannot even be connected to: nothing is sent, and later it is sent once."""

import socket
from contextlib import contextmanager, suppress

import pytest

from tests.faults.cases import CASES
from tests.faults.conftest import SETTINGS, needs_sqlite
from tests.faults.hostile import BASE, hostile_gateway
from tests.faults.machine import RECOVER, machine, steps
from tests.faults.watching import broken, look, order
from tests.gateway.servers import free_port

# What the network does is the same on every database.
pytestmark = [pytest.mark.faults, needs_sqlite]


@contextmanager
def refuses():
    yield f"http://127.0.0.1:{free_port()}{BASE}"


@contextmanager
def has_no_name():
    yield f"http://gateway.invalid{BASE}"


@contextmanager
def is_a_black_hole():
    """A listener whose queue is full: the kernel drops every further attempt to connect."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for queued in (first, second):
            queued.setblocking(False)
            with suppress(BlockingIOError):
                queued.connect(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}{BASE}"


@pytest.fixture(scope="module")
def hostile():
    with hostile_gateway(CASES) as hostile:
        yield hostile


@pytest.fixture(scope="module")
def host(tmp_path_factory, hostile):
    folder = tmp_path_factory.mktemp("network")
    with machine(folder, GATEWAY_URL=hostile.url, DJANGO_SETTINGS_MODULE=SETTINGS) as host:
        yield host


@pytest.mark.parametrize("trouble", [refuses, has_no_name, is_a_black_hole])
def test_it_waits_in_the_queue_and_is_sent_once(host, hostile, trouble):
    made = len(hostile.made())
    with trouble() as address:
        host.run(order(fine=1) + steps("submit"), GATEWAY_URL=address)
    task = look(host)[-1]
    assert (task.state, task.reason) == ("queued", "unreachable"), task.story
    host.run(steps(*RECOVER, "archive"))
    task = look(host)[-1]
    assert task.state == "completed", task.story
    assert len(hostile.made()) - made == 1


def test_a_task_in_flight_is_followed_when_it_is_back(host, hostile):
    host.run(order(fine=1) + steps("submit"))
    with refuses() as address:
        host.run(steps("follow"), GATEWAY_URL=address)
    assert look(host)[-1].words[-1] == "unreachable"
    host.run(steps(*RECOVER, "archive"))
    assert look(host)[-1].state == "completed"
    assert broken(host) == ""
