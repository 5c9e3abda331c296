"""What our own processes and services may do to tasks in flight. The tests run in this order.

Each puts calm tasks on their way, disturbs, and then asks: has each been made once at the
gateway, and is its file saved?
"""

import os
import signal
import sqlite3
import time
from contextlib import closing, contextmanager

import psycopg
import pytest

from tests.faults.conftest import SETTINGS
from tests.faults.watching import broken, look, made_once, settle, submit
from tests.processes.stack import Stack, start_stack, title
from tests.support.eventually import eventually

pytestmark = pytest.mark.faults

# Twenty seconds a statement waits for the lock (settings.DATABASES); a bit more has to be survived.
LOCKED = 21.0
STOP_WITHIN = 15.0

RING_TOO_OFTEN = """
from django_q.tasks import async_task
from generation.models import Lease
token = Lease.objects.get(name="poller").token
for _ in range(8):
    async_task("generation.jobs.dispatch", q_options={"cluster": "default"})
    async_task("generation.jobs.archive", q_options={"cluster": "default"})
    async_task("generation.jobs.poll", token, q_options={"cluster": "poll"})
"""
ANOTHER_VERSION = """
from django_q.tasks import async_task
for cluster in ("default", "poll"):
    async_task("generation.jobs.of_another_version", 1, q_options={"cluster": cluster})
    async_task("no_such_module.job", q_options={"cluster": cluster})
    async_task("generation.jobs.poll", q_options={"cluster": cluster})
    async_task("generation.jobs.poll", "an-old-token", q_options={"cluster": cluster})
    async_task("generation.jobs.dispatch", "an", "argument", q_options={"cluster": cluster})
"""
SIGNED_BY_ANOTHER = """
from django.conf import settings
settings.SECRET_KEY = "another"
from django_q.tasks import async_task
for cluster in ("default", "poll"):
    async_task("generation.jobs.dispatch", q_options={"cluster": cluster})
"""


# Jobs whose failure is kept by the cluster, one every two seconds, until one has been kept.
PROVE = """
import time
from django_q.models import Failure
from django_q.tasks import async_task
began, asked = time.monotonic(), []
while time.monotonic() - began < {within}:
    asked.append(async_task("no_such_module.job", q_options={{"cluster": "{cluster}"}}))
    time.sleep(2)
    if Failure.objects.filter(id__in=asked).exists():
        break
print(time.monotonic() - began)
"""
REPLACED_WITHIN = 60.0


@pytest.fixture(scope="module")
def stack(tmp_path_factory, hostile, services):
    with start_stack(
        tmp_path_factory.mktemp("disturbed"),
        GATEWAY_URL=hostile.url,
        DJANGO_SETTINGS_MODULE=SETTINGS,
        **services.env,
    ) as stack:
        yield stack


@pytest.fixture
def disturbed(stack, hostile):
    """Submits calm tasks around a disturbance; afterwards all is well."""

    @contextmanager
    def around(count):
        before = hostile.count("create")
        submit(stack, calm=count)
        assert eventually(lambda: hostile.count("create") > before, 60)
        yield
        settle(stack, 60)

    yield around
    made_once(hostile, look(stack))


def test_jobs_delivered_again_and_again_and_those_of_another_version(stack, disturbed):
    main = stack.default_cluster().pid
    polled = "SELECT COUNT(*) FROM generation_lease WHERE name = 'poller'"
    with disturbed(4):
        assert eventually(lambda: stack.rows(polled) == [(1,)], 60)
        stack.shell(RING_TOO_OFTEN + ANOTHER_VERSION + SIGNED_BY_ANOTHER)
    assert stack.default_cluster().pid == main


@contextmanager
def locked(stack, services):
    """Nobody else can change a task."""
    if services.postgres:
        with closing(psycopg.connect(services.postgres.url)) as rival:
            rival.execute("LOCK TABLE generation_counter IN ACCESS EXCLUSIVE MODE")
            yield
    else:
        path = stack.data_dir / "viduweb.sqlite3"
        with closing(sqlite3.connect(path, isolation_level=None, timeout=20)) as rival:
            rival.execute("BEGIN IMMEDIATE")
            yield


def test_a_database_locked_for_20_seconds(stack, services, disturbed):
    with disturbed(3), locked(stack, services):
        time.sleep(LOCKED / 2)
        assert stack.status("/login/") == 200
        time.sleep(LOCKED / 2)


def test_the_sentinel_is_killed(stack, disturbed):
    """Once nothing is being sent: a killed sender's task would be uncertain, and rightly so."""
    sending = "SELECT COUNT(*) FROM generation_task WHERE state IN ('queued', 'submitting')"
    with disturbed(2):
        assert eventually(lambda: stack.rows(sending) == [(0,)], 60)
        main = stack.default_cluster()
        (sentinel,) = main.children()
        sentinel.kill()
        assert eventually(lambda: not main.is_running(), 60)


@pytest.mark.parametrize("cluster", ["default", "poll"])
@pytest.mark.parametrize("part", ["monitor", "pusher"])
def test_a_part_that_is_killed_is_replaced_within_a_minute(stack, disturbed, part, cluster):
    """Replaced by one that does its work: jobs are run, and what became of them is kept."""
    with disturbed(2):
        (killed,) = [child for child in stack.cluster(cluster) if part in title(child)]
        killed.kill()
        took = float(stack.shell(PROVE.format(cluster=cluster, within=REPLACED_WITHIN - 8)))
    print(f"a new {part} of {cluster} works after {took:.0f} s")
    assert took < REPLACED_WITHIN - 8, stack.output[-3000:]


def end(stack, number):
    """Signals the whole process group, as a terminal does; seconds until nothing is left."""
    began = time.monotonic()
    stack.processes()
    os.killpg(stack.process.pid, number)
    stack.process.wait(2 * STOP_WITHIN)
    assert eventually(lambda: not stack.processes(), STOP_WITHIN)
    return time.monotonic() - began


def start_again(stack):
    stack.process = Stack(stack.data_dir, stack.env).process
    stack.wait_until_ready()


def test_it_is_stopped_with_work_in_flight_and_started_again(stack, disturbed):
    with disturbed(6):
        assert end(stack, signal.SIGTERM) < STOP_WITHIN
        start_again(stack)
        assert end(stack, signal.SIGINT) < STOP_WITHIN
        start_again(stack)


def test_no_promise_is_broken(stack):
    assert broken(stack) == ""
