"""Machines that start together, and a process whose code is not the database's."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from generation.supervisor.reaper import ROOT
from tests.processes.machine import machine, steps
from tests.processes.stack import PATIENCE, Stack
from tests.processes.surroundings import environment, own_database
from tests.support.eventually import eventually
from tests.support.servers import own_queue
from tests.upgrades.dumps import ENV

pytestmark = pytest.mark.processes

NEWER = """
from django.db.migrations.recorder import MigrationRecorder
from django.db import connection
MigrationRecorder(connection).record_applied("generation", "9999_from_the_future")
"""
OLDER = NEWER.replace("record_applied", "record_unapplied").replace(
    "9999_from_the_future", "0001_initial"
)


@contextmanager
def together(tmp_path, number, *command):
    """The same command on several machines at once, on one empty database."""
    with own_database() as database_url, own_queue() as redis_url:
        folders = [tmp_path / f"machine{n}" for n in range(number)]
        # SQLite is one machine's; there they share the folder.
        envs = [environment(folder, database_url, redis_url) for folder in folders]
        for folder, env in zip(folders, envs, strict=True):
            folder.mkdir()
            if not database_url:
                env["DATA_DIR"] = str(folders[0])
        with ThreadPoolExecutor(number) as pool:
            yield list(pool.map(lambda env: run(env, *command), envs)), envs[0]


def run(env, *command):
    return subprocess.run(
        (sys.executable, "manage.py", *command),
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def test_four_machines_that_start_together_prepare_the_database_once(tmp_path):
    with together(tmp_path, 4, "shell", "--no-imports", "-c", PREPARE) as (done, env):
        for one in done:
            assert one.returncode == 0, one.stdout + one.stderr
        waited = sum("waiting for it" in one.stdout + one.stderr for one in done)
        assert waited >= 1
        assert run(env, "migrate", "--check").returncode == 0


PREPARE = """
from generation.supervisor import bootstrap
bootstrap.data_dir()
bootstrap.migrate_database(print)
"""


SHARED = {"SECRET_KEY": "the-same-on-both-machines-" * 3, **ENV}


def test_two_supervisors_start_together_on_an_empty_database(tmp_path):
    with own_database() as database_url, own_queue() as redis_url:
        if not database_url:
            pytest.skip("SQLite is one machine's")
        stacks = []
        shared = tmp_path / "shared"
        shared.mkdir()
        for name in ("one", "two"):
            folder = tmp_path / name
            folder.mkdir()
            # Both machines mount one folder for the files; without it the second is refused.
            (folder / "media").symlink_to(shared)
            stacks.append(Stack(folder, environment(folder, database_url, redis_url) | SHARED))
        try:
            for stack in stacks:
                stack.wait_until_ready()
            assert not any("Traceback" in stack.output for stack in stacks)
        finally:
            for stack in stacks:
                stack.stop()
                stack.kill()


@pytest.mark.parametrize(("change", "says"), [(NEWER, "newer version"), (OLDER, "older than")])
def test_workers_do_nothing_on_another_versions_database(tmp_path, change, says):
    with machine(tmp_path, GATEWAY_URL="http://127.0.0.1:9/x") as stopped:
        stopped.run(TEAM)
        stopped.run(change)
        before = stopped.rows("SELECT state, attempts FROM generation_task")
        code, _ = stopped.run(
            steps("dispatch", "reconcile") + "\njobs.heartbeat()\njobs.archive()\n"
        )
        assert code == 0
        assert (
            stopped.rows("SELECT state, attempts FROM generation_task") == before == [("queued", 0)]
        )
        told = subprocess.run(
            (sys.executable, "manage.py", "doctor"),
            cwd=ROOT, env=stopped.env, capture_output=True, text=True, timeout=PATIENCE,
        ).stdout  # fmt: skip
        assert says in told


TEAM = """
from generation.catalog import MODELS
from generation.lifecycle.enqueue import Submission, enqueue
from generation.models import ApiKey, User
user = User.objects.create_superuser("ada", "ada@example.com", "correct horse battery")
key = ApiKey(label="Team"); key.keep_secret("sandbox-schema-tests"); key.save()
enqueue(Submission(owner=user, spec=MODELS["viduq2_reference2image"], params={"prompt": "A sea"},
                  key=key, visibility="team"))
"""


def test_a_running_stack_stops_working_and_says_why(tmp_path):
    from tests.processes.stack import start_stack

    with start_stack(tmp_path) as stack:
        assert stack.status("/login/") in (200, 302)
        stack.shell(NEWER)
        assert eventually(lambda: stack.status("/readyz") == 503, 15)
        assert eventually(lambda: stack.status("/") == 503, 20)
        assert stack.status("/healthz") == 200
        assert eventually(lambda: "by a newer version of viduweb" in stack.output, 20)
        stack.shell(NEWER.replace("record_applied", "record_unapplied"))
        assert eventually(lambda: stack.status("/readyz") == 200, 60)
        assert eventually(lambda: stack.status("/login/") in (200, 302), 20)


def test_a_newer_database_is_neither_started_nor_migrated(tmp_path):
    with machine(tmp_path) as stopped:
        stopped.run(NEWER)
        for command in (("migrate",), ("supervise",)):
            done = run(stopped.env, *command)
            assert done.returncode == 1, done.stdout
            assert "by a newer version of viduweb" in done.stderr
            assert "Traceback" not in done.stderr
