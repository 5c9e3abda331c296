"""The gateway client as this deployment uses it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from django.conf import settings

from generation.gateway.client import GatewayClient
from generation.gateway.transport import shared_ssl_context

MOST_KEPT = 8
"""Clients that wait with their connection; as many requests leave at once."""


def open_client() -> GatewayClient:
    """A client of GATEWAY_URL; close it. Make one a thread, after the worker was forked."""
    return GatewayClient(
        settings.GATEWAY_URL,
        ssl_context=shared_ssl_context(),
        user_agent=f"viduweb/{settings.VERSION}",
    )


class _Shelf:
    """Clients between two requests. A forked process does not touch those of its parent."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pid = os.getpid()
        self._clients: list[GatewayClient] = []

    def take(self) -> GatewayClient | None:
        with self._lock:
            if self._pid != os.getpid():
                self._pid, self._clients = os.getpid(), []
            # The last one back has the youngest connection.
            return self._clients.pop() if self._clients else None

    def put(self, client: GatewayClient) -> bool:
        with self._lock:
            if self._pid != os.getpid() or len(self._clients) >= MOST_KEPT:
                return False
            self._clients.append(client)
            return True


_shelf = _Shelf()


@contextmanager
def kept_client() -> Iterator[GatewayClient]:
    """A client for this block alone, with the connection of an earlier one where there is one."""
    client = _shelf.take()
    if client is not None and client.base_url != settings.GATEWAY_URL:
        client.close()
        client = None
    client = client or open_client()
    try:
        yield client
    finally:
        if not _shelf.put(client):
            client.close()


def forget_clients() -> None:
    while (client := _shelf.take()) is not None:
        client.close()
