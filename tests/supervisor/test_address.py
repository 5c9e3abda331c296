import socket

import pytest

from generation.supervisor import services
from generation.supervisor.services import StartupError
from tests.support.gateways.scripted import Reply, http_gateway
from tests.support.ports import free_port


@pytest.fixture
def server():
    """A web server that answers with what the test says."""
    with http_gateway() as server:
        yield server


def test_a_free_port_is_fine():
    services.require_free("127.0.0.1", free_port(), "PORT")


def test_a_taken_port_is_refused_with_what_to_do(server):
    with pytest.raises(StartupError, match=r"Port \d+ on 127.0.0.1 is taken .* set PORT to a free"):
        services.require_free("127.0.0.1", server.port, "PORT")


def test_a_port_taken_on_one_address_is_taken_on_all(server):
    with pytest.raises(StartupError, match="is taken"):
        services.require_free("0.0.0.0", server.port, "PORT")


def test_an_address_that_is_not_ours_is_refused():
    with pytest.raises(StartupError, match=r"Cannot listen on 192\.0\.2\.1 port 8000"):
        services.require_free("192.0.2.1", 8000, "PORT")


@pytest.mark.parametrize(("status", "fine"), [(200, True), (301, True), (400, True), (503, False)])
def test_any_answer_but_a_server_error_counts(server, status, fine):
    server.reply = Reply(status)
    assert services.answers("127.0.0.1", server.port, "/healthz") is fine


def test_a_server_on_every_address_is_asked_on_loopback(server):
    assert services.answers("0.0.0.0", server.port, "/healthz")


def test_a_server_is_asked_by_the_name_it_serves(server):
    services.answers("127.0.0.1", server.port, "/healthz", name="studio.example")
    assert server.requests[-1].headers["host"] == "studio.example"


def test_silence_is_no_answer():
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        port = deaf.getsockname()[1]
        assert not services.answers("127.0.0.1", port, "/healthz", timeout=0.05)
    assert not services.answers("127.0.0.1", port, "/healthz")


@pytest.mark.parametrize(
    ("host", "url", "bind"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000", "0.0.0.0:8000"),
        ("::", "http://[::1]:8000", "[::]:8000"),
        ("studio.example", "http://studio.example:8000", "studio.example:8000"),
    ],
)
def test_addresses_are_written_as_people_and_gunicorn_read_them(host, url, bind):
    assert services.url(host, 8000) == url
    assert services.bind(host, 8000) == bind
