from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from generation.sandbox.server import SandboxServer, running_server
from tests.support.clock import Clock

from .client import Client

Start = Callable[..., Client]


def connected(stack: ExitStack, server: SandboxServer) -> Client:
    return Client(stack.enter_context(httpx.Client(base_url=server.url, timeout=20)))


@pytest.fixture(scope="package")
def quick() -> Iterator[Client]:
    """A sandbox whose generations take next to no time; shared, so count nothing in it."""
    with ExitStack() as stack:
        yield connected(stack, stack.enter_context(running_server(seconds=0.05)))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a sandbox of its own, with the given options."""
    with ExitStack() as stack:

        def run(**options: Any) -> Client:
            return connected(stack, stack.enter_context(running_server(**options)))

        yield run
