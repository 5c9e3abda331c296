import socket
import ssl

import httpcore
import pytest

from generation.deadline import deadline
from generation.media.guard import (
    DownloadFailed,
    Forbidden,
    GuardedBackend,
    is_public,
    resolve_host,
)

PUBLIC = "93.184.215.14"


@pytest.fixture
def dialled(monkeypatch):
    """Addresses that would be connected to; every connection fails."""
    addresses = []

    def refuse(self, host, port, *args, **kwargs):
        addresses.append(host)
        raise httpcore.ConnectError("refused")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", refuse)
    return addresses


def backend(*answers, allow=frozenset()):
    """A backend whose resolver gives one of `answers` each time it is asked."""
    remaining = list(answers)
    return GuardedBackend(allow, lambda host, port: remaining.pop(0))


@pytest.mark.parametrize(
    "address", [PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "2a00:1450:4001::200e", "::ffff:8.8.8.8"]
)
def test_open_addresses_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ],
)
def test_other_addresses_are_not(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "::1",
        "::ffff:127.0.0.1",
        "169.254.169.254",
        "0x7f000001",
        "2130706433",
        "127.1",
        "0",
        "64:ff9b::7f00:1",
    ],
)
def test_every_spelling_of_a_local_address_is_refused(host, dialled):
    with pytest.raises(Forbidden):
        GuardedBackend(frozenset()).connect_tcp(host, 443)
    assert dialled == []


def test_one_private_address_among_public_ones_is_refused(dialled):
    with pytest.raises(Forbidden, match="has an address that is not public"):
        backend([PUBLIC, "10.0.0.1"]).connect_tcp("mixed.example", 443)
    assert dialled == []


def test_the_checked_address_is_the_one_connected_to(dialled):
    rebinding = backend([PUBLIC], ["127.0.0.1"])

    with pytest.raises(httpcore.ConnectError):
        rebinding.connect_tcp("rebind.example", 443)

    assert dialled == [PUBLIC]


def test_the_next_address_is_tried_when_one_does_not_answer(dialled):
    with pytest.raises(httpcore.ConnectError):
        backend(["2606:4700::1", PUBLIC, "8.8.8.8", "8.8.4.4"]).connect_tcp("many.example", 443)

    assert dialled == ["2606:4700::1", PUBLIC, "8.8.8.8"]


@pytest.mark.parametrize("port", [22, 80, 6379, 8080])
def test_other_ports_are_refused_before_resolving(port, dialled):
    with pytest.raises(Forbidden, match=f"port {port} of public.example is not allowed"):
        backend().connect_tcp("public.example", port)


def test_the_gateways_host_and_port_are_exempt(dialled):
    with pytest.raises(httpcore.ConnectError):
        backend(["127.0.0.1"], allow=frozenset({("gateway", 8900)})).connect_tcp("GATEWAY", 8900)

    assert dialled == ["127.0.0.1"]


def test_another_port_of_the_gateway_is_not_exempt(dialled):
    with pytest.raises(Forbidden):
        backend(["127.0.0.1"], allow=frozenset({("gateway", 8900)})).connect_tcp("gateway", 443)


def test_a_name_without_address_is_a_failure_not_a_refusal():
    def unknown(host, port):
        raise socket.gaierror("Name or service not known")

    with pytest.raises(DownloadFailed, match="cannot be resolved") as caught:
        GuardedBackend(frozenset(), unknown).connect_tcp("nowhere.example", 443)
    assert not isinstance(caught.value, Forbidden)


def test_the_name_that_was_asked_for_is_the_one_that_is_resolved(dialled):
    asked = []

    def resolve(host, port):
        asked.append((host, port))
        return [PUBLIC]

    with pytest.raises(httpcore.ConnectError):
        GuardedBackend(frozenset(), resolve).connect_tcp("cdn.example", 443)
    assert asked == [("cdn.example", 443)]
    assert dialled == [PUBLIC]


def test_a_name_that_resolves_to_nothing_is_a_failure(dialled):
    with pytest.raises(DownloadFailed, match="has no address"):
        backend([]).connect_tcp("empty.example", 443)
    assert dialled == []


def test_local_sockets_are_refused():
    with pytest.raises(Forbidden, match="local sockets are not allowed"):
        backend().connect_unix_socket("/run/docker.sock")


def test_after_the_deadline_no_address_is_tried(dialled):
    with deadline(0), pytest.raises(httpcore.ConnectTimeout, match="time for the whole"):
        backend([PUBLIC]).connect_tcp("late.example", 443, 60)
    assert dialled == []


class Recorded(httpcore.NetworkStream):
    """Keeps what each step was asked, with the time it may take."""

    def __init__(self, steps):
        self._steps = steps

    def read(self, max_bytes, timeout=None):
        self._steps.append(("read", max_bytes, timeout))
        return b""

    def write(self, buffer, timeout=None):
        self._steps.append(("write", buffer, timeout))

    def start_tls(self, ssl_context, server_hostname=None, timeout=None):
        self._steps.append(("tls", server_hostname, timeout))
        return self


def test_no_step_of_a_connection_may_outlast_the_deadline(monkeypatch):
    steps = []

    def connected(self, host, port, timeout, local_address, socket_options):
        steps.append(("connect", (host, port, local_address, socket_options), timeout))
        return Recorded(steps)

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connected)
    with deadline(5):
        plain = backend([PUBLIC]).connect_tcp("slow.example", 443, 60, "0.0.0.0", [])
        stream = plain.start_tls(ssl.create_default_context(), "slow.example", 60)
        stream.write(b"GET", 60)
        stream.read(10, 60)

    assert [(step, given) for step, given, _ in steps] == [
        ("connect", (PUBLIC, 443, "0.0.0.0", [])),
        ("tls", "slow.example"),
        ("write", b"GET"),
        ("read", 10),
    ]
    assert all(timeout is not None and timeout <= 5 for *_, timeout in steps)


def test_resolving_gives_each_address_once():
    assert resolve_host("127.0.0.1", 443) == ["127.0.0.1"]
