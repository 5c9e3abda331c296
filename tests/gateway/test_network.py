"""Connections that fail, at every moment of a request."""

import socket
import threading
import time

import httpx
import pytest

from generation.gateway.client import GatewayClient
from generation.gateway.failures import Ambiguous, GatewayFailure, NotSent, Unavailable
from tests.support.gateways.raw import raw_gateway, read_request, wait_for_close
from tests.support.ports import free_port

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CREATED = b'{"id": "a", "status": "in_progress"}'
QUICK = {"connect": 1, "read": 0.1, "write": 0.1, "pool": 0.1}


def create(url, key, params=None, **options):
    with GatewayClient(url, **options) as client, pytest.raises(GatewayFailure) as caught:
        client.create("m", params or {"prompt": "p"}, key)
    assert caught.value.__context__ is None
    return caught.value


def fetch(url, key, timeout=2.0):
    with GatewayClient(url) as client, pytest.raises(GatewayFailure) as caught:
        client.fetch("a", key, timeout)
    return caught.value


def both(behave, key, **options):
    """What `behave` makes of a create, and of a fetch."""
    with raw_gateway(behave) as url:
        first = create(url, key, **options)
    with raw_gateway(behave) as url:
        return type(first), type(fetch(url, key, options.get("read", 2)))


def test_connection_refused(key):
    url = f"http://127.0.0.1:{free_port()}/v1"
    failure = create(url, key)
    assert type(failure) is NotSent
    assert "Connection refused" in failure.reason
    assert type(fetch(url, key)) is Unavailable


def test_name_that_does_not_resolve(key, monkeypatch):
    def fail(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert type(create("http://gateway.invalid/v1", key)) is NotSent


def test_tls_handshake_fails(key):
    def speak_plain(connection):
        connection.recv(1)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with raw_gateway(speak_plain) as url:
        assert type(create(url.replace("http:", "https:"), key)) is NotSent


def test_tls_handshake_hangs(key):
    with raw_gateway(wait_for_close) as url:
        failure = create(url.replace("http:", "https:"), key, **{**QUICK, "connect": 0.1})
    assert type(failure) is NotSent


@pytest.mark.parametrize("error", [httpx.ConnectTimeout, httpx.PoolTimeout])
def test_timeouts_before_sending(key, error):
    def fail(request):
        raise error("timed out")

    assert type(create("http://h/v1", key, transport=httpx.MockTransport(fail))) is NotSent


@pytest.mark.parametrize(
    "error", [httpx.WriteTimeout("t"), httpx.WriteError("w"), OSError("o"), RuntimeError("r")]
)
def test_anything_else_may_have_been_sent(key, error):
    def fail(request):
        raise error

    assert type(create("http://h/v1", key, transport=httpx.MockTransport(fail))) is Ambiguous


def test_a_long_reason_is_cut(key):
    def fail(request):
        raise httpx.ConnectError("x" * 300)

    failure = create("http://h/v1", key, transport=httpx.MockTransport(fail))
    assert failure.reason.partition(": ")[2] == "x" * 199 + "…."


def test_accepted_then_closed(key):
    assert both(lambda connection: None, key) == (Ambiguous, Unavailable)


def test_closed_after_the_request(key):
    assert both(read_request, key) == (Ambiguous, Unavailable)


def test_no_answer_in_time(key):
    def silence(connection):
        read_request(connection)
        wait_for_close(connection)

    assert both(silence, key, **QUICK) == (Ambiguous, Unavailable)


def test_cut_in_the_headers(key):
    def cut(connection):
        read_request(connection)
        connection.sendall(HEAD)

    assert both(cut, key) == (Ambiguous, Unavailable)


def test_cut_in_the_body(key):
    def cut(connection):
        read_request(connection)
        connection.sendall(HEAD + b"Content-Length: 100\r\n\r\n" + CREATED)

    assert both(cut, key) == (Ambiguous, Unavailable)


def test_an_answer_without_end_is_given_up_when_it_is_too_large(key):
    """Not when its time is over: by then it would fill the memory."""

    def flood(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b" " * 65_536)

    with raw_gateway(flood) as url:
        failure = create(url, key, deadline=3)
    assert type(failure) is Ambiguous
    assert "larger than" in failure.reason
    with raw_gateway(flood) as url:
        assert "larger than" in fetch(url, key, 3.0).reason


def test_not_http(key):
    def babble(connection):
        read_request(connection)
        connection.sendall(b"220 mail.example ESMTP\r\n")

    assert both(babble, key) == (Ambiguous, Unavailable)


def test_compressed_garbage(key):
    def garble(connection):
        read_request(connection)
        connection.sendall(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope")

    assert both(garble, key) == (Ambiguous, Unavailable)


def test_request_that_nobody_reads(key):
    """The write blocks once the buffers are full."""

    over = threading.Event()
    with raw_gateway(lambda connection: over.wait(5)) as url:
        failure = create(url, key, {"prompt": "x" * 19_000_000}, **QUICK)
        over.set()
    assert type(failure) is Ambiguous
    assert "did not take the request" in failure.reason


def drip(data):
    """Send the head, then one byte at a time, each well within the read timeout."""

    def behave(connection):
        read_request(connection)
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)

    return behave


SLOW_HEADERS = HEAD + b"X-Pad: " + b"x" * 500
SLOW_BODY = b"HTTP/1.1 200 OK\r\n\r\n" + CREATED + b" " * 500


@pytest.mark.parametrize("data", [SLOW_HEADERS, SLOW_BODY])
def test_drip_does_not_outlive_the_deadline(key, data):
    with raw_gateway(drip(data)) as url:
        started = time.monotonic()
        failure = create(url, key, read=5, deadline=0.3)
        assert time.monotonic() - started < 2
    assert type(failure) is Ambiguous
    assert "time" in failure.reason


def test_drip_does_not_outlive_a_fetch(key):
    with raw_gateway(drip(SLOW_BODY)) as url:
        started = time.monotonic()
        assert type(fetch(url, key, 0.3)) is Unavailable
        assert time.monotonic() - started < 2


def test_no_time_at_all_is_not_sent(key):
    assert type(create(f"http://127.0.0.1:{free_port()}/v1", key, deadline=0)) is NotSent


def test_proxies_of_the_environment_are_ignored(gateway, key, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{free_port()}")
    with GatewayClient(gateway.url) as fresh, pytest.raises(Unavailable):
        fresh.fetch("a", key)
    assert len(gateway.requests) == 1
