import subprocess

import psutil
import pytest

from generation.supervisor import reaper
from tests.supervisor.helpers import ENDS_LEAVING_A_CHILD, PARENT, PYTHON, lives
from tests.support.eventually import eventually

pytestmark = pytest.mark.processes

# Its child opens a session of its own.
PARENT_OF_A_STRANGER = PARENT.replace("if child == 0:", "if child == 0:\n    os.setsid()")


@pytest.fixture
def start():
    """Starts a program in a session of its own; gives its pid and the child's it printed."""
    started = []

    def start(code):
        process = subprocess.Popen(
            (*PYTHON, code), stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        started.append(process)
        return process, int(process.stdout.readline())

    yield start
    for process in started:
        reaper.kill_tree(process.pid)
        process.wait()
        process.stdout.close()


def pids(leader):
    return {process.pid for process in reaper.process_tree(leader)}


def test_it_finds_the_whole_tree(start):
    parent, child = start(PARENT)
    assert pids(parent.pid) == {parent.pid, child}


def test_it_finds_an_orphan_by_its_session(start):
    parent, child = start(ENDS_LEAVING_A_CHILD)
    parent.wait()
    assert pids(parent.pid) == {child}


def test_it_finds_a_descendant_that_left_the_session(start):
    parent, child = start(PARENT_OF_A_STRANGER)
    assert eventually(lambda: pids(parent.pid) == {parent.pid, child})


def test_a_zombie_is_not_a_member(start):
    parent, child = start(ENDS_LEAVING_A_CHILD)
    psutil.Process(child).kill()
    assert eventually(lambda: not pids(parent.pid))


def test_who_got_the_pid_of_another_is_found_at_once(start):
    parent, child = start(PARENT)
    for remembered in psutil.process_iter():
        if remembered.pid in (parent.pid, child):
            remembered._ident = (remembered.pid, 0.0)
    assert pids(parent.pid) == {parent.pid, child}


def test_kill_ends_all_of_it(start):
    parent, child = start(PARENT)
    reaper.kill_tree(parent.pid)
    assert not lives(parent.pid)
    assert not lives(child)


def test_kill_leaves_the_exit_code_to_its_owner(start):
    parent, _ = start(PARENT)
    reaper.kill_tree(parent.pid)
    assert parent.wait() == -9
