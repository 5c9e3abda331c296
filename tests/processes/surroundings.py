"""What a stack finds where it starts: an environment, a database, a gateway."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from generation.supervisor.reaper import ROOT
from tests.processes import prepared
from tests.support.ports import free_port

KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")


@contextmanager
def start_sandbox(*options: str):
    """A `manage.py sandbox` of our own with `options`; its gateway address."""
    port = free_port()
    process = subprocess.Popen(
        (sys.executable, "manage.py", "sandbox", "--port", str(port), *options),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert "Sandbox gateway" in process.stdout.readline()
        yield f"http://127.0.0.1:{port}/model/v1/generation"
    finally:
        process.terminate()
        process.communicate(timeout=10)


def environment(data_dir: Path, database_url: str, redis_url: str = "") -> dict[str, str]:
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    return environment | {
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        # As if each stack had a machine to itself.
        "HOST_NAME": f"host-{uuid4().hex[:8]}",
        "PORT": str(free_port()),
        "SANDBOX_PORT": str(free_port()),
    }


@contextmanager
def own_database(server: str = "", *, empty: bool = True, like: str = ""):
    """The address of a fresh database there or at TEST_DATABASE_URL; without either none.

    It is a copy of the one at the address `like`, has all tables, or is `empty`.
    """
    server = server or os.environ.get("TEST_DATABASE_URL", "")
    if not server:
        yield ""
        return
    name = f"viduweb_stack_{uuid4().hex[:8]}"
    template = like.rpartition("/")[2] or ("template1" if empty else prepared.template(server))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield f"{server.rsplit('/', 1)[0]}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
