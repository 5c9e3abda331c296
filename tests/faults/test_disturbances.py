"""What our own processes and services may do to tasks in flight. The tests run in this order.

Each puts calm tasks on their way, disturbs, and then asks: has each been made once at the
gateway, and is its file saved?
"""

import os
import signal
import sqlite3
import time
from contextlib import closing, contextmanager
from uuid import uuid4

import psycopg
import pytest

from tests.faults.conftest import SETTINGS, needs_postgres, needs_sqlite
from tests.faults.member import Browser
from tests.faults.watching import broken, look, made_once, settle, submit
from tests.processes.stack import Stack, eventually, start_stack, title

pytestmark = pytest.mark.faults

# Twenty seconds a statement waits for the lock (settings.DATABASES); a bit more has to be survived.
LOCKED = 21.0
STOP_WITHIN = 15.0

RING_TOO_OFTEN = """
from django_q.tasks import async_task
from generation.models import Lease
token = Lease.objects.get(name="pump").token
for _ in range(8):
    async_task("generation.jobs.submit", q_options={"cluster": "default"})
    async_task("generation.jobs.archive", q_options={"cluster": "default"})
    async_task("generation.jobs.follow", token, q_options={"cluster": "poll"})
"""
ANOTHER_VERSION = """
from django_q.tasks import async_task
for cluster in ("default", "poll"):
    async_task("generation.jobs.of_another_version", 1, q_options={"cluster": cluster})
    async_task("no_such_module.job", q_options={"cluster": cluster})
    async_task("generation.jobs.follow", q_options={"cluster": cluster})
    async_task("generation.jobs.follow", "an-old-token", q_options={"cluster": cluster})
    async_task("generation.jobs.submit", "an", "argument", q_options={"cluster": cluster})
"""
SIGNED_BY_ANOTHER = """
from django.conf import settings
settings.SECRET_KEY = "another"
from django_q.tasks import async_task
for cluster in ("default", "poll"):
    async_task("generation.jobs.submit", q_options={"cluster": cluster})
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory, hostile):
    folder = tmp_path_factory.mktemp("disturbed")
    with start_stack(
        folder,
        GATEWAY_URL=hostile.url,
        DJANGO_SETTINGS_MODULE=SETTINGS,
        CRASH_POINT="submit-before-bell",
        CRASH_ONCE=str(folder / "crashed"),
    ) as stack:
        yield stack


@pytest.fixture
def disturbed(stack, hostile):
    """Submits calm tasks around a disturbance; afterwards all is well."""

    @contextmanager
    def around(count):
        before = hostile.count("create")
        submit(stack, calm=count)
        assert eventually(lambda: hostile.count("create") > before, 20)
        yield
        settle(stack, 60)

    yield around
    made_once(hostile, look(stack))


def test_a_web_process_killed_while_posting(stack, hostile, disturbed):
    """The task is stored, the bell not rung, the browser without an answer: it asks again."""
    browser, token = Browser(stack), str(uuid4())
    assert browser.generate(token) == 0
    assert stack.rows("SELECT COUNT(*) FROM generation_task") == [(1,)]
    assert eventually(lambda: browser.generate(token) in (200, 302), 15, every=0.5)
    assert stack.rows("SELECT COUNT(*) FROM generation_task") == [(1,)]
    with disturbed(1):
        """The task of before is found in the database, by whichever bell rings next."""


def test_jobs_delivered_again_and_again_and_those_of_another_version(stack, disturbed):
    main = stack.default_cluster().pid
    with disturbed(4):
        stack.shell(RING_TOO_OFTEN + ANOTHER_VERSION + SIGNED_BY_ANOTHER)
    assert stack.default_cluster().pid == main


@needs_sqlite
def test_a_database_locked_for_20_seconds(stack, disturbed):
    with disturbed(3):
        path = stack.data_dir / "viduweb.sqlite3"
        with closing(sqlite3.connect(path, isolation_level=None, timeout=20)) as rival:
            rival.execute("BEGIN IMMEDIATE")
            time.sleep(LOCKED / 2)
            assert stack.status("/login/") == 200
            time.sleep(LOCKED / 2)
            rival.execute("ROLLBACK")


@needs_postgres
def test_database_connections_cut_in_mid_flight(stack, disturbed):
    """What a restart of the server does to everyone who is connected, five times over."""
    with disturbed(4), psycopg.connect(stack.env["DATABASE_URL"], autocommit=True) as rival:
        for _ in range(5):
            rival.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            time.sleep(1.5)


def parts(stack, name):
    """The processes of the default cluster that call themselves so."""
    cluster = stack.default_cluster()
    return [child for child in cluster.children(recursive=True) if name in title(child)]


def test_parts_of_the_cluster_are_killed(stack, disturbed):
    """The monitor and the pusher, and once nothing is being sent the sentinel, whose end is the
    main process's as well. (A killed sender's task would be uncertain, and rightly so.)"""
    sending = "SELECT COUNT(*) FROM generation_task WHERE state IN ('queued', 'submitting')"
    with disturbed(2):
        for part in ("monitor", "pusher"):
            (found,) = parts(stack, part)
            found.kill()
        assert eventually(lambda: stack.rows(sending) == [(0,)], 30)
        main = stack.default_cluster()
        (sentinel,) = main.children()
        sentinel.kill()
        assert eventually(lambda: not main.is_running(), 20)


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
