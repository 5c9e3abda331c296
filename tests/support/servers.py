"""PostgreSQL and Redis of our own, which may be stopped, killed and started again."""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest
import redis

from tests.support.eventually import eventually
from tests.support.ports import free_port

NO_DISK = "-c fsync=off -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"


class PostgreSQL:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._control("initdb", "-o", "-A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync")
        self.start()

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        log = self._folder / "log"
        self._control("start", "-w", "-l", str(log), "-o", f"-p {self._port} {NO_DISK}")
        psycopg.connect(self.url, connect_timeout=10).close()

    def stop(self, mode: str) -> None:
        """`fast` ends every connection, `immediate` is a crash."""
        if (self._folder / "postmaster.pid").exists():
            self._control("stop", "-w", "-m", mode)

    def start_if_it_gave_up(self) -> None:
        """A server that could not write its log ends itself, and waits for a person."""
        with suppress(psycopg.OperationalError):
            psycopg.connect(self.url, connect_timeout=10).close()
            return
        self.stop("immediate")
        self.start()

    def _control(self, action: str, *options: str) -> None:
        """Its servers do not run as root."""
        command = (_pg_ctl(), action, "-s", "-D", str(self._folder), *options)
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres", "postgres")
            user = ("--reuid", "postgres", "--regid", "postgres", "--clear-groups")
            command = ("setpriv", *user, *command)
        # Its output stays with the server it starts: never a pipe.
        subprocess.run(
            command, cwd=self._folder, stdout=subprocess.DEVNULL, check=True, timeout=180
        )


def missing(words: str) -> NoReturn:
    """Left out at somebody's desk; CI never passes by skipping."""
    if os.environ.get("CI"):
        pytest.fail(words)
    pytest.skip(words)


def _pg_ctl() -> str:
    places = [*Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), shutil.which("pg_ctl")]
    if not (found := next(filter(None, places), None)):
        missing("PostgreSQL's server is not installed: apt-get install postgresql")
    return str(found)


class Redis:
    """Keeps nothing on disk: whoever kills it empties every queue."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            missing("Redis is not installed: apt-get install redis-server")
        place = ("--port", str(self._port), "--bind", "127.0.0.1", "--dir", str(self._folder))
        self._process = subprocess.Popen(
            (program, *place, "--save", "", "--appendonly", "no"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        assert eventually(self._answers, 60)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        with redis.Redis.from_url(self.url) as connection, suppress(redis.ConnectionError):
            return bool(connection.ping())
        return False


@contextmanager
def own_postgres(place: Path | None = None):
    """With its data below `place`, which everybody may look into, or in a folder of its own."""
    # Not below pytest's folder, into which only we may look.
    with tempfile.TemporaryDirectory(prefix="viduweb-postgres-", dir=place) as folder:
        server = PostgreSQL(Path(folder))
        try:
            yield server
        finally:
            server.stop("immediate")


@contextmanager
def own_redis(folder: Path):
    """Keeps nothing in `folder`, which only has to be there."""
    server = Redis(folder)
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def own_queue():
    """The address of a fresh Redis if TEST_REDIS_URL asks for Redis, else none.

    Never that one itself: queues have the same names in every stack, and stacks run side by side.
    """
    if not os.environ.get("TEST_REDIS_URL"):
        yield ""
        return
    with (
        tempfile.TemporaryDirectory(prefix="viduweb-redis-") as folder,
        own_redis(Path(folder)) as server,
    ):
        yield server.url
