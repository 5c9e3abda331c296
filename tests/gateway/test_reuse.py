"""Creates use connections again, and are never uncertain because the gateway had closed one."""

import socket
import struct
import time

import httpcore
import pytest

from generation.deadline import deadline
from generation.gateway import reuse
from generation.gateway.client import GatewayClient
from generation.gateway.failures import Ambiguous, Refused
from generation.gateway.transport import GatewayBackend, GatewayStream
from tests.support.eventually import eventually
from tests.support.gateways.raw import RawGateway, read_request
from tests.support.gateways.scripted import Reply, http_gateway

CREATED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 36\r\n\r\n"
    b'{"id": "a", "status": "in_progress"}'
)
REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}"


class Gateway(RawGateway):
    """Its behaviours are given the gateway too, which counts whole requests."""

    requests = 0

    def treat(self, behave, connection):
        behave(self, connection)

    def answer(self, connection, reply=CREATED):
        """One whole request and its answer."""
        read_request(connection)
        self.requests += 1
        connection.sendall(reply)


@pytest.fixture
def start():
    running = []

    def make(*behaviours):
        running.append(Gateway(*behaviours))
        return running[-1]

    yield make
    for gateway in running:
        gateway.close()


def always(gateway, connection):
    while True:
        gateway.answer(connection)


def close_at_the_next_request(gateway, connection):
    """As if the gateway's "closed" and our request had met on the way."""
    gateway.answer(connection)
    connection.recv(1)
    # What is unread makes it a reset, as for a socket that is long closed.


def reset_at_the_next_request(gateway, connection):
    gateway.answer(connection)
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def refuse_after_the_head(gateway, connection):
    gateway.answer(connection)
    connection.recv(1)
    connection.sendall(REFUSED)
    time.sleep(0.2)


def close_after_the_body(gateway, connection):
    gateway.answer(connection)
    read_request(connection)
    gateway.requests += 1


def close_when_idle(gateway, connection):
    gateway.answer(connection)


def test_creates_one_after_the_other_have_one_connection(key):
    with http_gateway() as gateway, GatewayClient(gateway.url) as client:
        gateway.reply = Reply.json({"id": "a", "status": "in_progress"})
        for _ in range(8):
            assert client.create("m", {"prompt": "p"}, key).remote_id == "a"

    assert (len(gateway.requests), gateway.connections) == (8, 1)


@pytest.mark.parametrize(
    "behaviour",
    [close_at_the_next_request, reset_at_the_next_request, close_when_idle],
)
def test_a_connection_closed_meanwhile_leaves_no_doubt(start, key, behaviour):
    gateway = start(behaviour)

    with GatewayClient(gateway.url) as client:
        for _ in range(4):
            assert client.create("m", {"prompt": "p" * 300_000}, key).remote_id == "a"
            time.sleep(0.02)

    assert gateway.requests == 4, "each request came whole, and once"


def test_an_answer_before_the_body_is_asked_for_again_on_another_connection(start, key):
    gateway = start(refuse_after_the_head, lambda g, c: g.answer(c, REFUSED))

    with GatewayClient(gateway.url) as client:
        client.create("m", {"prompt": "p"}, key)
        with pytest.raises(Refused):
            client.create("m", {"prompt": "p"}, key)

    assert gateway.connections == 2


def test_a_connection_closed_after_the_body_is_still_uncertain(start, key):
    gateway = start(close_after_the_body)

    with GatewayClient(gateway.url) as client:
        client.create("m", {"prompt": "p"}, key)
        with pytest.raises(Ambiguous):
            client.create("m", {"prompt": "p"}, key)

    assert (gateway.connections, gateway.requests) == (1, 2)


def test_gateways_that_close_idle_connections_at_bad_moments(start, key):
    """The pause between creates sweeps over the moment of closing, both ways.

    Only what a gateway closes within a round trip of its decision can be known in time: where the
    machine took longer than that, a create may be uncertain, and another one takes its place.
    """
    patience, late = 0.01, []

    def close_after_ten_milliseconds(gateway, connection):
        # The first request of a connection is waited for: only a kept one is idle.
        connection.settimeout(None)
        while True:
            began = time.monotonic()
            try:
                connection.recv(1, socket.MSG_PEEK)
            except TimeoutError:
                connection.close()
                if (took := time.monotonic() - began - patience) > reuse.LEAST / 2:
                    late.append(took)
                return
            connection.settimeout(None)
            gateway.answer(connection)
            connection.settimeout(patience)

    gateway = start(close_after_ten_milliseconds)
    answered = uncertain = 0

    with GatewayClient(gateway.url) as client:
        while answered < 60:
            try:
                assert client.create("m", {"prompt": "p"}, key).remote_id == "a"
                answered += 1
            except Ambiguous:
                uncertain += 1
                assert eventually(lambda: len(late) >= uncertain, 5), "it was closed in time"  # noqa: B023
            time.sleep(0.008 + answered % 20 * 0.0002)

    assert gateway.requests == 60


def test_a_first_request_on_a_connection_does_not_wait(start, key, monkeypatch):
    waited = []
    monkeypatch.setattr(reuse, "round_trip", lambda sock: waited.append(sock) or 0.01)
    gateway = start(always)

    with GatewayClient(gateway.url) as client:
        client.create("m", {"prompt": "p"}, key)
        assert not waited
        client.create("m", {"prompt": "p"}, key)
        assert len(waited) == 1
        client.fetch("a", key)
        assert len(waited) == 1, "polls may fail"


def test_the_round_trip_is_measured_within_bounds():
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as sock,
    ):
        assert reuse.LEAST <= reuse.round_trip(sock) <= reuse.MOST
    assert reuse.round_trip(None) == reuse.UNKNOWN


def test_a_connection_is_made_as_it_was_asked_for_and_within_the_deadline(monkeypatch):
    asked = []

    def connected(self, *given):
        asked.extend(given)
        return httpcore.NetworkStream()

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connected)
    with deadline(5):
        stream = GatewayBackend().connect_tcp("gateway.example", 443, 60, "0.0.0.0", [(1, 2, 3)])
    assert isinstance(stream, GatewayStream)
    host, port, seconds, local, options = asked
    assert (host, port, local, options) == ("gateway.example", 443, "0.0.0.0", [(1, 2, 3)])
    assert 0 < seconds <= 5
