"""The command as people use it: everything real, in processes of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from secrets import token_urlsafe
from uuid import uuid4

import psutil
import pytest
from cryptography.fernet import Fernet

from generation.supervisor.reaper import ROOT
from tests.processes.surroundings import own_database
from tests.supervisor.helpers import lives
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.servers import own_queue

pytestmark = pytest.mark.processes

# Four times the figures that are promised, and more: this machine may have other work to do.
START_WITHIN = 120
STOP_WITHIN = 60

# manage.py with the patience of a test.
IMPATIENT = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "viduweb.settings"
import django
django.setup()
from django.core.management import execute_from_command_line
from generation.supervisor import health
health.CHECK_INTERVAL, health.PING_INTERVAL = 0.2, 0.5
health.TIMEOUT, health.STARTUP_GRACE = 4.0, 6.0
execute_from_command_line(sys.argv)
"""


class Run:
    """One `manage.py supervise`, its output in a file."""

    def __init__(self, environment, *options, program=("manage.py",)) -> None:
        self.port = int(environment["PORT"])
        self._path = environment["DATA_DIR"] / f"{uuid4()}.log"
        with self._path.open("w") as output:
            self.process = subprocess.Popen(
                (sys.executable, *program, "supervise", *options),
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self._path.read_text()

    def is_ready(self) -> bool:
        fine = eventually(
            lambda: "Ctrl-C stops everything" in self.output or self.ended(), START_WITHIN
        )
        return fine and not self.ended()

    def ended(self) -> bool:
        return self.process.poll() is not None

    def tree(self) -> list[int]:
        return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]

    def stop(self, number=signal.SIGINT, *, within: float = STOP_WITHIN) -> int:
        self.process.send_signal(number)
        return self.process.wait(within)


@pytest.fixture(scope="module")
def database():
    """An empty database of its own, of the kind the suite runs on."""
    with own_database() as url:
        yield url


@pytest.fixture(scope="module")
def queue():
    with own_queue() as url:
        yield url


@pytest.fixture(scope="module")
def environment(tmp_path_factory, database, queue):
    """A data directory shared by the tests of this file: only the first start is a long one."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "HOME", "LANG", "VIRTUAL_ENV"}
    }
    return {
        **kept,
        "DATABASE_URL": database,
        "REDIS_URL": queue,
        "DATA_DIR": tmp_path_factory.mktemp("var"),
        "PORT": str(free_port()),
        "SANDBOX_PORT": str(free_port()),
    }


@pytest.fixture
def start(environment):
    started = []

    def start(*options, program=("manage.py",), **variables):
        started.append(Run({**environment, **variables}, *options, program=program))
        return started[-1]

    yield start
    for run in started:
        if not run.ended():
            run.process.kill()
            run.process.wait()


def gone(pids) -> bool:
    return eventually(lambda: not any(map(lives, pids)), STOP_WITHIN)


def test_it_starts_everything_and_ctrl_c_leaves_nothing(start):
    run = start()
    assert run.is_ready(), run.output
    assert f"ready at http://127.0.0.1:{run.port}" in run.output
    assert re.search(r"first admin at http://\S+/setup/\?token=\S+", run.output)
    with urllib.request.urlopen(f"http://127.0.0.1:{run.port}/healthz") as answer:
        assert answer.status == 200
    pids = run.tree()
    # gunicorn and 2 workers, cluster of 6, cluster of 5, sandbox, health, reaper
    assert eventually(lambda: len(run.tree()) >= 16), run.output
    pids += run.tree()
    assert run.stop() == 0
    assert gone(pids), run.output
    assert "Traceback" not in run.output, run.output


def test_sigterm_stops_it_too(start):
    run = start()
    assert run.is_ready(), run.output
    pids = run.tree()
    assert run.stop(signal.SIGTERM) == 0
    assert gone(pids)


def test_nothing_outlives_a_kill_and_the_next_start_waits_for_that(start):
    first = start()
    assert first.is_ready(), first.output
    pids = first.tree()
    first.process.kill()
    first.process.wait()
    second = start()
    assert second.is_ready(), second.output
    assert gone(pids)
    assert second.stop() == 0


def test_a_second_one_on_the_same_data_is_refused(start):
    first = start("--no-web", "--no-sandbox")
    assert first.is_ready(), first.output
    second = start()
    assert second.process.wait(START_WITHIN) == 1
    assert (
        f"already running on {second._path.parent} (process {first.process.pid})" in second.output
    )
    assert first.stop() == 0


def test_a_taken_port_is_named_and_nothing_is_left(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        run = start(PORT=str(taken.getsockname()[1]))
        assert run.process.wait(START_WITHIN) == 1
    assert f"Port {run.port} on 127.0.0.1 is taken by another program" in run.output
    assert "Traceback" not in run.output, run.output


def test_with_a_gateway_no_sandbox_is_started(start):
    run = start("--no-workers", GATEWAY_URL="http://127.0.0.1:9/v1/generation")
    assert run.is_ready(), run.output
    assert "andbox" not in run.output
    assert not any("sandbox" in " ".join(psutil.Process(pid).cmdline()) for pid in run.tree())
    assert run.stop() == 0


@pytest.fixture
def elsewhere(tmp_path):
    """Data and a queue of nobody else: messages are signed with the key of who sent them."""
    with own_database() as database, own_queue() as queue:
        yield {"DATA_DIR": tmp_path, "DATABASE_URL": database, "REDIS_URL": queue}


def test_it_starts_in_production(start, elsewhere):
    run = start(
        **elsewhere,
        PRODUCTION="1",
        SECRET_KEY=token_urlsafe(64),
        ENCRYPTION_KEYS=Fernet.generate_key().decode(),
        ALLOWED_HOSTS="studio.example",
    )
    assert run.is_ready(), run.output
    assert run.stop(signal.SIGTERM) == 0
    assert "andbox" not in run.output
    assert "Traceback" not in run.output, run.output


def all_idle(run) -> list[psutil.Process]:
    """The three workers of both clusters, once all of them wait for work at the same time."""
    found: list[psutil.Process] = []

    def look() -> bool:
        found[:] = idle_workers(run)
        return len(found) == 3

    assert eventually(look, 30), run.output
    return found


def idle_workers(run) -> list[psutil.Process]:
    """The worker processes that wait for work in this moment, as their titles say."""
    found = []
    for pid in run.tree():
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            if " ".join(process.cmdline()).strip().endswith(" idle"):
                found.append(process)
    return found


def test_a_cluster_that_hangs_silently_is_replaced(start):
    """Killing an idle worker dead-locks its cluster for ever while it looks alive."""
    run = start("--no-web", "--no-sandbox", program=("-c", IMPATIENT))
    assert run.is_ready(), run.output
    assert all_idle(run)
    # They call themselves idle a moment before one of them holds the queue's lock.
    time.sleep(0.5)
    workers = all_idle(run)
    clusters = [worker.parent() for worker in workers]
    for worker in workers:
        worker.kill()
    assert eventually(lambda: run.output.count("is replaced: no sign of life") >= 2, 30)
    assert gone([sentinel.pid for sentinel in clusters])
    assert all_idle(run)
    assert run.stop() == 0


def test_a_killed_health_process_is_replaced_and_nothing_else(start):
    run = start("--no-web", "--no-sandbox")
    assert run.is_ready(), run.output
    others = {worker.pid for worker in all_idle(run)}
    (killed,) = titled(run, "viduweb health")
    killed.kill()
    assert eventually(lambda: "health  | was ended by SIGKILL" in run.output), run.output
    assert eventually(lambda: titled(run, "viduweb health"))
    assert {worker.pid for worker in all_idle(run)} == others
    assert run.stop() == 0


def titled(run, title) -> list[psutil.Process]:
    found = []
    for pid in run.tree():
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            if " ".join(process.cmdline()).strip() == title:
                found.append(process)
    return found


def test_ctrl_c_while_it_prepares_leaves_a_whole_database(start, environment, elsewhere):
    environment = {**environment, **elsewhere}
    run = start(**elsewhere)
    assert eventually(lambda: "Preparing the database" in run.output, START_WITHIN)
    assert run.stop(within=START_WITHIN) == 0
    assert "Traceback" not in run.output
    assert "ready at" not in run.output
    command = (sys.executable, "manage.py", "migrate", "--check")
    assert subprocess.run(command, cwd=ROOT, env=environment).returncode == 0
