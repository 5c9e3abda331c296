"""The database and the queue go away for five seconds, and come back as they are."""

import time

import pytest

from tests.faults.conftest import SETTINGS
from tests.faults.servers import own_postgres, own_redis
from tests.faults.watching import broken, look, made_once, settle, submit
from tests.processes.stack import eventually, start_stack

pytestmark = pytest.mark.faults

AWAY = 5.0

# What the schedule does within a minute.
WATCH = """
from generation import jobs
jobs.watch()
"""


@pytest.fixture(scope="module")
def postgres():
    with own_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with own_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def stack(tmp_path_factory, hostile, postgres, redis):
    with start_stack(
        tmp_path_factory.mktemp("restarts"),
        GATEWAY_URL=hostile.url,
        DJANGO_SETTINGS_MODULE=SETTINGS,
        DATABASE_URL=postgres.url,
        REDIS_URL=redis.url,
    ) as stack:
        yield stack


def are(stack, *states):
    """Whether there are tasks in each of these states."""
    rows = stack.rows("SELECT DISTINCT state FROM generation_task")
    return set(states) <= {state for (state,) in rows}


def test_postgres_is_restarted(stack, hostile, postgres):
    submit(stack, calm=3, long=1)
    assert eventually(lambda: are(stack, "processing"), 20), stack.output[-3000:]
    postgres.stop("fast")
    assert eventually(lambda: stack.status("/readyz") == 503, AWAY)
    time.sleep(AWAY)
    postgres.start()
    assert eventually(lambda: stack.status("/login/") == 200, 10)
    settle(stack, 60)
    made_once(hostile, look(stack))
    assert eventually(lambda: stack.status("/readyz") == 200, 10)


def test_redis_forgets_everything_and_postgres_crashes(stack, hostile, postgres, redis):
    submit(stack, **{"saved-later": 1, "long": 1})
    assert eventually(lambda: are(stack, "processing", "archiving"), 20), stack.output[-3000:]
    redis.kill()
    submit(stack, calm=2)
    assert are(stack, "queued", "processing", "archiving"), [task.story for task in look(stack)]
    postgres.stop("immediate")
    time.sleep(AWAY)
    postgres.start()
    redis.start()
    assert eventually(lambda: stack.status("/login/") == 200, 10)
    stack.shell(WATCH)
    settle(stack, 60)
    made_once(hostile, look(stack))


def test_all_is_well_again(stack):
    assert "as promised, with their files" in stack.manage("doctor", "--files")
    assert broken(stack) == ""
