"""Lets the server connect to public addresses only (ASVS 1.3.6).

The check happens where the connection is made: a name is resolved once, every address it has
must be public, and the connection goes to one of exactly these addresses. TLS still checks
the certificate against the name.
"""

import socket
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import httpcore

from generation.deadline import DeadlineStream, capped

Resolve = Callable[[str, int], Sequence[str]]
Allow = frozenset[tuple[str, int]]

HTTPS_PORT = 443
TRIED_ADDRESSES = 3

GLOBAL_UNICAST = ip_network("2000::/3")
NOT_PUBLIC_V6 = tuple(
    ip_network(network)
    for network in (
        "2001::/23",  # Teredo and other protocol assignments
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",
    )
)
NOT_PUBLIC_V4 = tuple(
    ip_network(network)
    for network in (
        "100.64.0.0/10",
        "168.63.129.16/32",  # the host of an Azure machine, on a public address
        "192.0.0.0/24",  # metadata at Oracle
        "192.88.99.0/24",  # 6to4 relays
    )
)


class DownloadFailed(Exception):
    """A download did not work; the text never holds the query of a signed address.

    `status` is the answer's, if there was one. `gone` means that asking again cannot help:
    the address has expired.
    """

    def __init__(self, reason: str, status: int | None = None, gone: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.gone = gone


class Forbidden(DownloadFailed):
    """The guard refused to connect."""


def is_public(address: str) -> bool:
    """Whether `address` is one on the open internet.

    `ipaddress.is_global` alone lets multicast, NAT64 and 6to4 to loopback pass.
    """
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        return _is_public_v4(ip.ipv4_mapped) if ip.ipv4_mapped else _is_public_v6(ip)
    return _is_public_v4(ip)


def _is_public_v4(ip: IPv4Address) -> bool:
    special = ip.is_multicast or ip.is_reserved or ip.is_unspecified
    return ip.is_global and not special and not any(ip in network for network in NOT_PUBLIC_V4)


def _is_public_v6(ip: IPv6Address) -> bool:
    if ip not in GLOBAL_UNICAST or any(ip in network for network in NOT_PUBLIC_V6):
        return False
    return ip.is_global and not ip.is_reserved


def resolve_host(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedBackend(httpcore.SyncBackend):
    """Opens connections for httpcore, to public addresses and to `allow` only.

    `allow` holds (host, port) pairs as they stand in a URL, in lower case.
    """

    def __init__(self, allow: Allow, resolve: Resolve = resolve_host) -> None:
        self._allow = allow
        self._resolve = resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = DownloadFailed(f"{host} has no address")
        for address in self._addresses(host, port)[:TRIED_ADDRESSES]:
            try:
                stream = super().connect_tcp(
                    address,
                    port,
                    capped(timeout, httpcore.ConnectTimeout),
                    local_address,
                    socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return DeadlineStream(stream)
        raise failure

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        raise Forbidden("local sockets are not allowed")

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        allowed = (host.lower(), port) in self._allow
        if not allowed and port != HTTPS_PORT:
            raise Forbidden(f"port {port} of {host} is not allowed")
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise DownloadFailed(f"the name {host} cannot be resolved") from error
        if not allowed and not all(map(is_public, addresses)):
            raise Forbidden(f"{host} has an address that is not public")
        return addresses
