import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from generation.supervisor.reaper import ROOT, Reaper
from tests.supervisor.helpers import PARENT, SLEEPS, STUBBORN, lives, service
from tests.support.eventually import eventually

pytestmark = pytest.mark.processes

# A whole supervisor as a process of its own, to be killed; prints pids of services and reaper.
RUNS = """
import sys
from generation.supervisor.reaper import Reaper
from generation.supervisor.runner import Printer
from generation.supervisor.supervisor import Supervisor
from tests.supervisor.helpers import service

reaper = Reaper(timeout=0.3)
supervisor = Supervisor([service(sys.argv[1])], Printer(sys.stderr, []), reaper=reaper)
supervisor.start()
print(supervisor.runners[0].process.pid, reaper.pid, flush=True)
while True:
    supervisor.run_once()
"""


@pytest.fixture
def run():
    """Starts such a supervisor; gives its process, its service's pid and its reaper's."""
    started = []

    def run(code):
        process = subprocess.Popen(
            (sys.executable, "-c", RUNS, code), cwd=ROOT, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        child, reaper = map(int, process.stdout.readline().split())
        return process, child, reaper

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def reaper():
    reaper = Reaper(timeout=0.3)
    yield reaper
    reaper.close()


def ignores(pid, number):
    """Whether that process is past its own start, as the kernel knows it."""
    status = Path(f"/proc/{pid}/status").read_text()
    mask = next(line for line in status.splitlines() if line.startswith("SigIgn:")).split()[1]
    return int(mask, 16) >> (number - 1) & 1


def test_nothing_outlives_a_killed_supervisor(run):
    process, child, reaper = run(SLEEPS)
    process.kill()
    assert eventually(lambda: not lives(child))
    assert eventually(lambda: not lives(reaper))


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


def test_signals_do_not_end_the_reaper(run):
    process, child, reaper = run(SLEEPS)
    assert eventually(lambda: ignores(reaper, signal.SIGTERM))
    os.kill(reaper, signal.SIGTERM)
    os.kill(reaper, signal.SIGINT)
    process.kill()
    assert eventually(lambda: not lives(child))


def test_children_that_were_taken_off_are_left_alone(stage, reaper):
    run = stage(service(SLEEPS))
    reaper.add(run.pids()["one"])
    reaper.remove(run.pids()["one"])
    reaper.close()
    assert lives(run.pids()["one"])


def test_a_killed_reaper_is_replaced_and_knows_the_children(stage, reaper):
    run = stage(service(SLEEPS), reaper=reaper)
    first = reaper.pid
    os.kill(first, signal.SIGKILL)
    assert run.runs_until(lambda: reaper.pid != first)
    child = run.pids()["one"]
    reaper.close()
    assert not lives(child)
