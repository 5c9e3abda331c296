"""A part that was killed and came back as another one: the whole service is replaced."""

import os
import signal
import sys

import psutil
import pytest

from generation.supervisor import runner
from generation.supervisor.runner import CriticalProcess
from tests.supervisor.helpers import service

# Keeps a child that calls itself "the monitor", and starts another one when that dies.
KEEPER = f"""
import subprocess, sys, time
while True:
    child = subprocess.Popen(({sys.executable!r}, "-I", "-S", "-c", "import time; time.sleep(60)",
                              "the", "monitor"))
    print(child.pid)
    child.wait()
"""


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(runner, "LOOKUP_INTERVAL", 0.0)
    monkeypatch.setattr(runner, "STOP_TIMEOUT", 0.5)


def monitor(run):
    return int(run.pages.said_by("one")[-1])


@pytest.fixture
def run(stage):
    """A stage whose service runs and has its monitor; `first` is the service's process id."""
    run = stage(service(KEEPER, critical_process="monitor"))
    assert run.runs_until(lambda: run.pages.said_by("one"))
    run.first = run.pids()["one"]
    return run


@pytest.fixture
def killed(run):
    """The same, once the watched monitor was killed."""
    assert run.runs_until(lambda: run.supervisor.runners[0]._critical_process._pid == monitor(run))
    os.kill(monitor(run), signal.SIGKILL)
    return run


def test_a_service_whose_critical_process_died_is_replaced_whole(killed):
    run, first = killed, killed.first
    assert run.runs_until(lambda: run.pids().get("one", first) != first)
    assert any("its monitor died" in line for line in run.pages.said_by("one"))
    assert not psutil.pid_exists(first)


def test_it_is_asked_to_stop_first(killed, monkeypatch):
    monkeypatch.setattr(runner, "STOP_TIMEOUT", 60.0)
    # SIGTERM ends it at once; nobody waits for the minute to be over.
    assert killed.runs_until(lambda: killed.pids().get("one", killed.first) != killed.first)


def test_a_service_in_order_is_left_alone(run):
    for _ in range(50):
        run.supervisor.run_once(0.01)
    assert run.pids()["one"] == run.first
    assert len(run.pages.said_by("one")) == 1


def test_another_leader_is_another_story():
    watched = CriticalProcess("monitor")
    watched._leader, watched._pid = 1, 2
    assert watched.unhealthy_reason(os.getpid()) is None
    assert watched._pid == 0
