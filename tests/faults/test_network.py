"""A gateway that cannot even be connected to: nothing is sent, what is under way waits, and
later each is sent once and polled to its end. All of it by a running stack.
"""

import socket
from contextlib import contextmanager, suppress

import pytest

from tests.faults.conftest import SETTINGS
from tests.faults.network import Network
from tests.faults.watching import broken, look, made_once, settle, submit
from tests.processes.stack import start_stack
from tests.support.eventually import eventually
from tests.support.gateways.hostile import BASE
from tests.support.ports import free_port

pytestmark = pytest.mark.faults

NAME = "gateway.test"
HERE = "127.0.0.1"


@contextmanager
def refuses():
    """Nobody listens there."""
    yield {NAME: HERE}, (HERE, free_port())


@contextmanager
def has_no_name():
    yield {NAME: None}, None


@contextmanager
def is_a_black_hole():
    """A listener whose queue is full: the kernel drops every further attempt to connect."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind((HERE, 0))
        listener.listen(0)
        for queued in (first, second):
            queued.setblocking(False)
            with suppress(BlockingIOError):
                queued.connect(listener.getsockname())
        yield {NAME: HERE}, listener.getsockname()


@pytest.fixture(scope="module")
def network(tmp_path_factory, services):
    return Network(tmp_path_factory.mktemp("network"))


@pytest.fixture(scope="module")
def lead(network, hostile):
    """Where the gateway's name leads from now on; by default to the gateway."""
    hostile.site = f"http://{NAME}"

    def lead(names, place):
        ways = {(NAME, 80): place, (HERE, 80): place} if place else {}
        network.plan(names, ways)

    return lead


@pytest.fixture(scope="module")
def stack(tmp_path_factory, hostile, services, network, lead):
    lead({NAME: HERE}, (HERE, hostile.port))
    with start_stack(
        tmp_path_factory.mktemp("network"),
        GATEWAY_URL=f"http://{NAME}{BASE}",
        DJANGO_SETTINGS_MODULE=SETTINGS,
        **services.env,
        **network.env,
    ) as stack:
        yield stack


def waiting(stack):
    """Whether a task waits to be sent, and another to be looked at, since nobody can be reached."""
    found = stack.rows(
        "SELECT state, reason, unreachable_since IS NOT NULL FROM generation_task "
        "WHERE state IN ('queued', 'processing')"
    )
    queued = {(state, reason) for state, reason, _ in found if state == "queued"}
    polled = {bool(away) for state, _, away in found if state == "processing"}
    return queued == {("queued", "unreachable")} and polled == {True}


@pytest.mark.parametrize("trouble", [refuses, has_no_name, is_a_black_hole])
def test_what_is_new_waits_and_what_is_under_way_is_polled_later(stack, hostile, lead, trouble):
    before = len(look(stack))
    hostile.released.clear()
    submit(stack, **{"kept-processing": 1})
    accepted = "SELECT COUNT(*) FROM generation_task WHERE state = 'processing'"
    assert eventually(lambda: stack.rows(accepted) == [(1,)], 60), stack.output[-3000:]
    with trouble() as (names, place):
        lead(names, place)
        asked = hostile.count("create")
        submit(stack, fine=1)
        assert eventually(lambda: waiting(stack), 60), [task.story for task in look(stack)]
        assert hostile.count("create") == asked
    lead({NAME: HERE}, (HERE, hostile.port))
    hostile.released.set()
    settle(stack, 90)
    polled, sent = look(stack)[before:]
    if polled.case == "fine":
        polled, sent = sent, polled
    assert "waits" in sent.words
    assert "unreachable" in polled.words


def test_each_was_made_once(stack, hostile):
    made_once(hostile, look(stack))
    assert broken(stack) == ""
