"""The network as a test wants it, in every Python process that is started with its environment.

Names lead to addresses, and connections to an address end where the test says. The program is
none the wiser: its guard sees a public address, and TLS checks the name that was asked for.
"""

import json
import os
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

PLAN, TRUSTED = "NETWORK_FILE", "TRUSTED_FILE"
PUBLIC = "93.184.215.14"
"""An address that the guard lets pass; nothing is ever sent there."""

Place = tuple[str, int]


class Network:
    """The test's hand on the network of others."""

    def __init__(self, folder: Path, trusted: Path | None = None) -> None:
        self._file = folder / "network.json"
        self.env = {PLAN: str(self._file)} | ({TRUSTED: str(trusted)} if trusted else {})
        self.plan({}, {})

    def plan(self, names: Mapping[str, str | None], ways: Mapping[Place, Place]) -> None:
        """From now on: the address of each name, None for one that has none, and what is really
        connected to in place of an address or a name with a port.
        """
        written = {f"{host}:{port}": place for (host, port), place in ways.items()}
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps({"names": dict(names), "ways": written}))
        fresh.replace(self._file)


def follow() -> None:
    """Lets this process, and those it forks, see the network that the test wants."""
    if file := os.environ.get(PLAN):
        _reroute(Path(file))
    if trusted := os.environ.get(TRUSTED):
        _trust(trusted)


def _reroute(file: Path) -> None:
    find, connect = socket.getaddrinfo, socket.create_connection

    def getaddrinfo(host: Any, *rest: Any, **more: Any) -> Any:
        names = json.loads(file.read_text())["names"]
        if host in names and names[host] is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return find(names.get(host, host), *rest, **more)

    def create_connection(address: Place, *rest: Any, **more: Any) -> socket.socket:
        ways = json.loads(file.read_text())["ways"]
        way = ways.get(f"{address[0]}:{address[1]}")
        return connect(tuple(way) if way else address, *rest, **more)

    socket.getaddrinfo = getaddrinfo
    socket.create_connection = create_connection


def _trust(certificate: str) -> None:
    make = httpx.create_ssl_context

    def create_ssl_context(*args: Any, **options: Any) -> ssl.SSLContext:
        context = make(*args, **options)
        context.load_verify_locations(certificate)
        return context

    httpx.create_ssl_context = create_ssl_context
