"""What the tests here share: a database and a queue of their own, and a hostile gateway.

Nearly every module runs twice, on SQLite alone and on PostgreSQL with Redis. Each run is a group
of its own for xdist (tests/grouping.py), with servers of its own: groups run side by side.
"""

import socket
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from tests.faults.cases import CASES
from tests.media.certificates import certificate
from tests.support.gateways.hostile import hostile_gateway
from tests.support.servers import PostgreSQL, Redis, own_postgres, own_redis

SETTINGS = "tests.faults.settings"
TLS_NAME, OTHER_NAME = "cdn.test", "other.test"


@dataclass(frozen=True)
class Services:
    """Where a stack keeps its rows and its queue; `env` tells it. Without servers: SQLite."""

    postgres: PostgreSQL | None = None
    redis: Redis | None = None
    env: dict[str, str] = field(default_factory=lambda: {"DATABASE_URL": "", "REDIS_URL": ""})


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def services(request, tmp_path_factory):
    if request.param == "sqlite":
        yield Services()
        return
    with own_servers(tmp_path_factory.mktemp("redis")) as services:
        yield services


@contextmanager
def own_servers(folder, place=None):
    """`place` is where PostgreSQL keeps its data."""
    with own_postgres(place) as postgres, own_redis(folder) as redis:
        yield Services(postgres, redis, {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url})


@pytest.fixture(scope="module")
def tls_certificate(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"), TLS_NAME, OTHER_NAME)


@pytest.fixture(scope="module")
def hostile(services, tls_certificate):
    """One for each stack: what it was asked is its log."""
    with (
        hostile_gateway(CASES, certificate=tls_certificate) as hostile,
        socket.create_server(("127.0.0.1", 0)) as bystander,
    ):
        bystander.setblocking(False)
        hostile.bystander = bystander.getsockname()[1]
        yield hostile
        # Where results must not be fetched from, nobody has even knocked.
        with pytest.raises(BlockingIOError):
            bystander.accept()
