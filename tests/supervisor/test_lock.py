import os
import subprocess
from contextlib import closing

import pytest

from generation.supervisor.bootstrap import Lock
from generation.supervisor.services import StartupError
from tests.supervisor.helpers import PYTHON

HOLDS = "import fcntl, time; f = open({!r}, 'a+'); fcntl.flock(f, 2); print('held'); time.sleep({})"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "supervisor.lock"


def test_it_works(path):
    with closing(Lock(path)) as lock:
        lock.acquire()
        assert path.read_text() == f"{os.getpid()}\n"
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_second_owner_is_refused_with_the_first_one_named(path):
    with closing(Lock(path)) as first, closing(Lock(path)) as second:
        first.acquire()
        with pytest.raises(StartupError, match=rf"already running on .* \(process {os.getpid()}\)"):
            second.acquire()


def test_it_is_free_again_after_closing(path):
    with closing(Lock(path)) as first:
        first.acquire()
    with closing(Lock(path)) as second:
        second.acquire()


def test_a_file_left_by_a_dead_owner_does_not_matter(path):
    path.write_text("999999999\n")
    with closing(Lock(path)) as lock:
        lock.acquire()
        assert path.read_text() == f"{os.getpid()}\n"


@pytest.mark.processes
def test_it_waits_for_the_reaper_of_a_dead_owner(path):
    path.write_text("999999999\n")
    with subprocess.Popen((*PYTHON, HOLDS.format(str(path), 0.2)), stdout=subprocess.PIPE) as held:
        held.stdout.readline()
        with closing(Lock(path)) as lock:
            lock.acquire(patience=10)


@pytest.mark.processes
def test_it_does_not_wait_for_ever(path):
    path.write_text("999999999\n")
    with subprocess.Popen((*PYTHON, HOLDS.format(str(path), 60)), stdout=subprocess.PIPE) as held:
        held.stdout.readline()
        with closing(Lock(path)) as lock, pytest.raises(StartupError):
            lock.acquire(patience=0.1)
        held.kill()
