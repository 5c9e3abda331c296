"""The command as people use it: everything real, in processes of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import suppress
from secrets import token_urlsafe
from uuid import uuid4

import psutil
import psycopg
import pytest
from cryptography.fernet import Fernet

from generation.supervisor.guardian import ROOT
from tests.supervisor.helpers import eventually, lives

pytestmark = pytest.mark.processes

# Twice the figures that are promised: this machine may have other work to do.
START_WITHIN = 60
STOP_WITHIN = 30

# manage.py with the patience of a test.
IMPATIENT = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "viduweb.settings"
import django
django.setup()
from django.core.management import execute_from_command_line
from generation.supervisor import heartbeat
heartbeat.LOOK_EVERY, heartbeat.RING_EVERY = 0.2, 0.5
heartbeat.SILENCE, heartbeat.START_UP = 4.0, 6.0
execute_from_command_line(sys.argv)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
        fine = eventually(lambda: "Ctrl-C stops everything" in self.output or self.ended(), 60)
        return fine and not self.ended()

    def ended(self) -> bool:
        return self.process.poll() is not None

    def tree(self) -> list[int]:
        return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]

    def stop(self, number=signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(STOP_WITHIN)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """An empty database of its own, of the kind the suite runs on."""
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        yield ""
        return
    name = f"supervise_{uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield f"{server.rsplit('/', 1)[0]}/{name}"
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def environment(tmp_path_factory, database):
    """A data directory shared by the tests of this file: only the first start is a long one."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "HOME", "LANG", "REDIS_URL", "VIRTUAL_ENV"}
    }
    return {
        **kept,
        "DATABASE_URL": database,
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
    # gunicorn and 2 workers, cluster of 6, cluster of 5, sandbox, guardian
    assert eventually(lambda: len(run.tree()) >= 15), run.output
    pids += run.tree()
    assert run.stop() == 0
    assert gone(pids), run.output
    assert "Traceback" not in run.output


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
    assert "Traceback" not in run.output


def test_with_a_gateway_no_sandbox_is_started(start):
    run = start("--no-workers", GATEWAY_URL="http://127.0.0.1:9/v1/generation")
    assert run.is_ready(), run.output
    assert "andbox" not in run.output
    assert not any("sandbox" in " ".join(psutil.Process(pid).cmdline()) for pid in run.tree())
    assert run.stop() == 0


def test_it_starts_in_production(start):
    run = start(
        PRODUCTION="1",
        SECRET_KEY=token_urlsafe(64),
        ENCRYPTION_KEYS=Fernet.generate_key().decode(),
        ALLOWED_HOSTS="studio.example",
    )
    assert run.is_ready(), run.output
    assert run.stop(signal.SIGTERM) == 0
    assert "andbox" not in run.output
    assert "Traceback" not in run.output


def idle_workers(run) -> list[psutil.Process]:
    """The worker processes of both clusters that wait for work, as their titles say."""
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
    assert eventually(lambda: len(idle_workers(run)) == 3, 30)
    clusters = [worker.parent() for worker in idle_workers(run)]
    for worker in idle_workers(run):
        worker.kill()
    assert eventually(lambda: run.output.count("is replaced: no sign of life") >= 2, 30)
    assert gone([sentinel.pid for sentinel in clusters])
    assert eventually(lambda: len(idle_workers(run)) == 3, 30)
    assert run.stop() == 0
