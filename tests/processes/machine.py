"""One step of a worker at a time, each in a process of its own that may be killed.

A cluster would go on by itself; here it is the test that decides what happens next, and that
the time has come for a second try.
"""

import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from generation.supervisor.reaper import ROOT
from tests.processes import prepared
from tests.processes.stack import PATIENCE, Stack
from tests.processes.surroundings import environment, own_database

KILLED = -9

# Each step does what is due, in the way its job does it.
STEPS = {
    "dispatch": "jobs.dispatch()",
    "archive": "jobs.archive()",
    "poll": """
Task.objects.filter(state="processing").update(next_poll_at=now)
Lease.objects.update(expires_at=now - hour)
poller.ensure_poller()
poller.run_poller(Lease.objects.get(name="poller").token, budget=0.01)
""",
    # A minute later: claims have run out, pauses are over, and `reconcile` runs.
    "reconcile": """
Task.objects.filter(state="submitting").update(claimed_until=now - minute)
Task.objects.filter(state="queued").update(next_attempt_at=now)
Output.objects.update(next_attempt_at=now)
jobs.reconcile()
""",
}
PRELUDE = """
from datetime import timedelta
from django.utils import timezone
from generation import jobs
from generation.lifecycle import poller
from generation.models import Lease, Output, Task
now, minute, hour = timezone.now(), timedelta(minutes=1), timedelta(hours=1)
"""


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
            timeout=PATIENCE,
        )
        assert done.returncode in (0, KILLED), done.stdout + done.stderr
        return done.returncode, done.stdout


@contextmanager
def machine(folder: Path, **env: str):
    data_dir = folder / "machine"
    data_dir.mkdir()
    try:
        with own_database(empty=False) as database_url:
            if not database_url:
                prepared.sqlite(data_dir)
            made = Machine(data_dir, {**environment(data_dir, database_url), **env})
            yield made
    finally:
        shutil.rmtree(data_dir, ignore_errors=True)
