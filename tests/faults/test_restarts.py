"""The database and the queue go away for five seconds, and come back as they are."""

import time

import psycopg
import pytest

from tests.faults.conftest import SETTINGS, own_servers
from tests.faults.watching import broken, look, made_once, settle, submit, unsettled
from tests.processes.stack import start_stack
from tests.support.eventually import eventually

pytestmark = pytest.mark.faults

AWAY = 5.0

# What the schedule does within a minute.
WATCH = """
from generation import jobs
jobs.reconcile()
"""


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    """SQLite and its queue have no server that could go away."""
    with own_servers(tmp_path_factory.mktemp("redis")) as services:
        yield services


@pytest.fixture(scope="module")
def stack(tmp_path_factory, hostile, services):
    with start_stack(
        tmp_path_factory.mktemp("restarts"),
        GATEWAY_URL=hostile.url,
        DJANGO_SETTINGS_MODULE=SETTINGS,
        **services.env,
    ) as stack:
        yield stack


def are(stack, *states):
    """Whether there are tasks in each of these states."""
    rows = stack.rows("SELECT DISTINCT state FROM generation_task")
    return set(states) <= {state for (state,) in rows}


def test_connections_are_cut_in_mid_flight(stack, hostile, services):
    """What a restart of the server does to everyone who is connected, five times over."""
    submit(stack, calm=4)
    assert eventually(lambda: hostile.count("create") > 0, 60)
    with psycopg.connect(services.postgres.url, autocommit=True) as rival:
        for _ in range(5):
            rival.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            time.sleep(1.5)
    settle(stack, 60)
    made_once(hostile, look(stack))


def test_postgres_is_restarted(stack, hostile, services):
    postgres = services.postgres
    submit(stack, calm=3, long=1)
    assert eventually(lambda: are(stack, "processing"), 60), stack.output[-3000:]
    postgres.stop("fast")
    assert eventually(lambda: stack.status("/readyz") == 503, AWAY)
    time.sleep(AWAY)
    postgres.start()
    assert eventually(lambda: stack.status("/login/") == 200, 10)
    settle(stack, 60)
    made_once(hostile, look(stack))
    assert eventually(lambda: stack.status("/readyz") == 200, 10)


def test_redis_forgets_everything_and_postgres_crashes(stack, hostile, services):
    postgres, redis = services.postgres, services.redis
    submit(stack, **{"kept-processing": 1, "kept-archiving": 1})
    assert eventually(lambda: are(stack, "processing", "archiving"), 60), unsettled(stack)
    # Last, as it waits for twenty seconds only, and how soon the others are asked about is learned.
    submit(stack, **{"sent-later": 1})
    refused = "sent-later", "queued", "busy"
    assert eventually(lambda: refused in unsettled(stack), 15), unsettled(stack)
    redis.kill()
    submit(stack, calm=2)
    assert are(stack, "queued", "processing", "archiving"), unsettled(stack)
    postgres.stop("immediate")
    time.sleep(AWAY)
    postgres.start()
    redis.start()
    hostile.released.set()
    assert eventually(lambda: stack.status("/login/") == 200, 10)
    stack.shell(WATCH)
    settle(stack, 60)
    made_once(hostile, look(stack))


def test_all_is_well_again(stack):
    assert "as promised, with their files" in stack.manage("doctor", "--files")
    assert broken(stack) == ""
