"""The whole application in processes of its own, started the way `make run` starts it."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil
import psycopg

from generation.supervisor.reaper import ROOT
from tests.processes import prepared
from tests.processes.surroundings import environment, own_database
from tests.processes.warm import Interpreter
from tests.support.eventually import eventually
from tests.support.servers import own_queue

START_WITHIN = 120.0
PATIENCE = 180.0
"""Seconds for a command, on a machine that has other work to do; no test is about them."""
STOP_WITHIN = 15.0


class Stack:
    """A running viduweb: web server, both clusters and, without GATEWAY_URL, the sandbox.

    `url` is where it answers, `env` the environment its processes have, `data_dir` its folder.
    """

    def __init__(self, data_dir: Path, env: dict[str, str]) -> None:
        self.data_dir = data_dir
        self.env = env
        self.url = f"http://127.0.0.1:{env['PORT']}"
        self._sessions: set[int] = set()
        self._interpreter = Interpreter(env)
        self._log = data_dir / "supervise.log"
        with self._log.open("ab") as output:
            self.process = subprocess.Popen(
                (sys.executable, "manage.py", "supervise"),
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """All that the processes have written."""
        return self._log.read_text(errors="replace")

    def manage(self, *arguments: str, code: int = 0) -> str:
        """Runs `manage.py` with this environment, which has to end with `code`; what it wrote."""
        done = subprocess.run(
            (sys.executable, "manage.py", *arguments),
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def shell(self, code: str) -> str:
        """Runs Python with Django set up; what it printed."""
        return self._interpreter.run(code, PATIENCE)

    def rows(self, sql: str) -> list[tuple]:
        """The rows of a query without parameters."""
        if server := self.env.get("DATABASE_URL"):
            with psycopg.connect(server) as connection:
                return connection.execute(sql).fetchall()
        with closing(sqlite3.connect(self.data_dir / "viduweb.sqlite3", timeout=20)) as connection:
            return connection.execute(sql).fetchall()

    def status(self, path: str) -> int:
        """The HTTP status of a page; 0 without an answer."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def processes(self) -> list[psutil.Process]:
        """Everything alive of this stack, orphans included.

        Each child of the supervisor leads a session, which its descendants never leave.
        """
        self._sessions |= {child.pid for child in self._children()}
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def cluster(self, name: str) -> list[psutil.Process]:
        """The processes of the cluster `default` or `poll`, its main process first.

        Their titles do not tell: the one that submits and archives has more workers.
        """
        mains = [child for child in self._children() if "qcluster" in title(child)]
        found = [[main, *main.children(recursive=True)] for main in mains]
        choose = max if name == "default" else min
        return choose(found, key=len, default=[])

    def default_cluster(self) -> psutil.Process | None:
        """The main process of the cluster that submits and archives."""
        return next(iter(self.cluster("default")), None)

    def busy_with(self, job: str) -> psutil.Process | None:
        """The worker process that runs `job` in this moment."""
        name = f"generation.jobs.{job}"
        return next((found for found in self.processes() if name in title(found)), None)

    def stop(self) -> float:
        """SIGTERM to the supervisor, as Ctrl-C or a service manager would; seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(STOP_WITHIN * 2)
        return time.monotonic() - began

    def kill(self) -> None:
        """Ends whatever is left, by its id."""
        self._interpreter.close()
        for process in self.processes():
            with suppress(psutil.Error):
                process.kill()
        self.process.wait()

    def wait_until_ready(self) -> None:
        ready = eventually(lambda: self._ended() or self._answers(), START_WITHIN)
        assert ready, self.output
        assert not self._ended(), self.output
        self.processes()

    def _answers(self) -> bool:
        return self.status("/healthz") == 200 and self.status("/readyz") == 200

    def _ended(self) -> bool:
        return self.process.poll() is not None

    def _children(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(self.process.pid).children()
        return []

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            living = process.status() != psutil.STATUS_ZOMBIE
            return living and os.getsid(process.pid) in self._sessions | {self.process.pid}
        except (psutil.Error, OSError):
            return False


def title(process: psutil.Process) -> str:
    """Its command line, or what it calls itself."""
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


@contextmanager
def start_stack(tmp_path: Path, *, before: Callable[[Path, str], None] | None = None, **env: str):
    """A ready Stack with its data under `tmp_path`; afterwards nothing of it is left.

    `before` gets the data folder and the address of an empty database before anything runs; without
    it tables are there. `env` goes on
    top of the environment. TEST_DATABASE_URL and TEST_REDIS_URL choose PostgreSQL, with a database
    of its own, and a Redis of its own.
    """
    data_dir = tmp_path / "var"
    data_dir.mkdir(exist_ok=True)
    prepared.static_files(data_dir)
    empty = before is not None
    with own_database(empty=empty) as database_url, own_queue() as redis_url:
        if before:
            before(data_dir, database_url)
        elif not env.get("DATABASE_URL", database_url):
            prepared.sqlite(data_dir)
        stack = Stack(data_dir, {**environment(data_dir, database_url, redis_url), **env})
        try:
            stack.wait_until_ready()
            yield stack
            if not stack._ended():
                assert stack.stop() < STOP_WITHIN
            assert list(map(title, stack.processes())) == []
        finally:
            stack.kill()
