"""One stack and one hostile gateway for the whole matrix."""

import os
import shutil
import socket

import pytest

from tests.faults.cases import CASES
from tests.faults.hostile import hostile_gateway
from tests.processes.stack import start_stack

SETTINGS = "tests.faults.settings"

needs_postgres = pytest.mark.skipif(
    "TEST_DATABASE_URL" not in os.environ, reason="the pass on PostgreSQL runs it"
)
needs_redis = pytest.mark.skipif(
    "TEST_REDIS_URL" not in os.environ, reason="the pass on Redis runs it"
)
needs_sqlite = pytest.mark.skipif(
    "TEST_DATABASE_URL" in os.environ, reason="the pass on SQLite runs it"
)


@pytest.fixture(scope="module")
def hostile():
    with hostile_gateway(CASES) as hostile, socket.create_server(("127.0.0.1", 0)) as bystander:
        bystander.setblocking(False)
        hostile.bystander = bystander.getsockname()[1]
        yield hostile
        # Where results must not be fetched from, nobody has even knocked.
        with pytest.raises(BlockingIOError):
            bystander.accept()


@pytest.fixture(scope="module")
def stack(tmp_path_factory, hostile):
    folder = tmp_path_factory.mktemp("faults")
    try:
        with start_stack(folder, GATEWAY_URL=hostile.url, DJANGO_SETTINGS_MODULE=SETTINGS) as stack:
            yield stack
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # pytest would keep the huge file for three runs
