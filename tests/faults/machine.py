"""One step of a worker at a time, each in a process of its own that may be killed.

A cluster would go on by itself; here it is the test that decides what happens next, and that
the time has come for a second try.
"""

import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from generation.supervisor.guardian import ROOT
from tests.processes.stack import Stack, environment, own_database

KILLED = -9

# Each step is a look at what is due, in the way its job does it.
STEPS = {
    "submit": "jobs.submit()",
    "archive": "jobs.archive()",
    "follow": """
Task.objects.filter(state="processing").update(next_poll_at=now)
Lease.objects.update(expires_at=now - hour)
follow.ensure_pump()
follow.pump(Lease.objects.get(name="pump").token, budget=0.01)
""",
    # A minute later: claims have run out, pauses are over, and the watchdog comes.
    "watch": """
Task.objects.filter(state="submitting").update(claimed_until=now - minute)
Task.objects.filter(state="queued").update(next_attempt_at=now)
Output.objects.update(next_attempt_at=now)
jobs.watch()
""",
}
PRELUDE = """
from datetime import timedelta
from django.utils import timezone
from generation import jobs
from generation.lifecycle import follow
from generation.models import Lease, Output, Task
now, minute, hour = timezone.now(), timedelta(minutes=1), timedelta(hours=1)
"""


# All that a healthy cluster does once the time is over.
RECOVER = ("watch", "submit", "follow", "follow", "archive")


def steps(*names: str) -> str:
    """The code for these steps, one after the other."""
    return PRELUDE + "\n".join(STEPS[name] for name in names)


class Machine(Stack):
    """A database and a data folder, without anything running: see Stack for how to read them."""

    def __init__(self, data_dir: Path, env: dict[str, str]) -> None:
        self.data_dir, self.env = data_dir, env

    def run(self, code: str, *before: str, **env: str) -> tuple[int, str]:
        """Runs Python with Django set up, in a process of its own; its exit code and output.

        `before` is put in front of the command line.
        """
        done = subprocess.run(
            (*before, sys.executable, "manage.py", "shell", "--no-imports", "-c", code),
            cwd=ROOT,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode in (0, KILLED), done.stdout + done.stderr
        return done.returncode, done.stdout


@contextmanager
def machine(folder: Path, **env: str):
    data_dir = folder / "machine"
    data_dir.mkdir()
    try:
        with own_database() as database_url:
            made = Machine(
                data_dir, {**environment(data_dir, database_url), "REDIS_URL": "", **env}
            )
            made.manage("migrate", "--verbosity", "0")
            yield made
    finally:
        shutil.rmtree(data_dir, ignore_errors=True)
