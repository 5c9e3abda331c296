import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from generation.supervisor.guardian import ROOT, Guardian
from tests.supervisor.helpers import PARENT, SLEEPS, STUBBORN, eventually, lives, service

pytestmark = pytest.mark.processes

# A whole supervisor as a process of its own, to be killed; prints pids of services and guardian.
RUNS = """
import sys
from generation.supervisor.guardian import Guardian
from generation.supervisor.output import Printer
from generation.supervisor.supervisor import Supervisor
from tests.supervisor.helpers import service

guardian = Guardian(grace=0.3)
supervisor = Supervisor([service(sys.argv[1])], Printer(sys.stderr, []), guardian=guardian)
supervisor.start()
print(supervisor.runners[0].child.pid, guardian.pid, flush=True)
while True:
    supervisor.turn()
"""


@pytest.fixture
def run():
    """Starts such a supervisor; gives its process, its service's pid and its guardian's."""
    started = []

    def run(code):
        process = subprocess.Popen(
            (sys.executable, "-c", RUNS, code), cwd=ROOT, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        child, guardian = map(int, process.stdout.readline().split())
        return process, child, guardian

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def guardian():
    guardian = Guardian(grace=0.3)
    yield guardian
    guardian.dismiss()


def ignores(pid, number):
    """Whether that process is past its own start, as the kernel knows it."""
    status = Path(f"/proc/{pid}/status").read_text()
    mask = next(line for line in status.splitlines() if line.startswith("SigIgn:")).split()[1]
    return int(mask, 16) >> (number - 1) & 1


def test_nothing_outlives_a_killed_supervisor(run):
    process, child, guardian = run(SLEEPS)
    process.kill()
    assert eventually(lambda: not lives(child))
    assert eventually(lambda: not lives(guardian))


def test_not_even_the_stubborn(run):
    process, child, _ = run(STUBBORN)
    process.stderr.readline()
    process.kill()
    assert eventually(lambda: not lives(child))


def test_nor_a_grandchild(run):
    process, child, _ = run(PARENT)
    grandchild = int(process.stderr.readline().split("|")[1])
    process.kill()
    assert eventually(lambda: not lives(child) and not lives(grandchild))


def test_signals_do_not_end_the_guardian(run):
    process, child, guardian = run(SLEEPS)
    assert eventually(lambda: ignores(guardian, signal.SIGTERM))
    os.kill(guardian, signal.SIGTERM)
    os.kill(guardian, signal.SIGINT)
    process.kill()
    assert eventually(lambda: not lives(child))


def test_children_that_were_taken_off_are_left_alone(stage, guardian):
    run = stage(service(SLEEPS))
    guardian.add(run.pids()["one"])
    guardian.remove(run.pids()["one"])
    guardian.dismiss()
    assert lives(run.pids()["one"])


def test_a_killed_guardian_is_replaced_and_knows_the_children(stage, guardian):
    run = stage(service(SLEEPS), guardian=guardian)
    first = guardian.pid
    os.kill(first, signal.SIGKILL)
    assert run.runs_until(lambda: guardian.pid != first)
    child = run.pids()["one"]
    guardian.dismiss()
    assert not lives(child)
