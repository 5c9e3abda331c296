"""Services that are forks of the supervisor."""

import fcntl
import os
import signal
import sys
import time

import psutil
import pytest

from generation.supervisor.services import Service
from tests.support.eventually import eventually

pytestmark = [
    pytest.mark.processes,
    # pytest-xdist has a thread of its own.
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),
]


def sleep():
    print("up")
    time.sleep(60)


def forked(run, **options):
    return Service("one", run=run, **options)


def test_its_output_and_its_exit_are_told(stage):
    def run():
        print("hello")
        sys.stderr.write("there\n")
        sys.exit(3)

    run = stage(forked(run), restart_delays=(60.0,))
    assert run.runs_until_said("ended with exit code 3, starts again in 60 s")
    assert run.pages.said_by("one")[:2] == ["hello", "there"]


def test_an_error_is_told_in_full(stage):
    def run():
        raise ValueError("no such thing")

    run = stage(forked(run), restart_delays=(60.0,))
    assert run.runs_until_said("ended with exit code 1, starts again in 60 s")
    assert "ValueError: no such thing" in run.pages.said_by("one")


def test_it_leads_a_session_and_has_its_environment(stage):
    def run():
        print(os.getsid(0) == os.getpid(), os.environ["COLOUR"], os.read(0, 1) == b"")

    run = stage(forked(run, env={"COLOUR": "green"}), restart_delays=(60.0,))
    assert run.runs_until_said("True green True")
    assert "COLOUR" not in os.environ


def test_it_ends_by_a_signal_whatever_we_do_on_one(stage):
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        run = stage(forked(sleep))
        assert run.runs_until_said("up")
        run.supervisor.runners[0].process.terminate()
        assert run.runs_until_said("was ended by SIGTERM, starts again in 0 s")
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_killed_one_is_started_again(stage):
    run = stage(forked(sleep))
    assert run.runs_until_said("up")
    first = run.pids()["one"]
    os.kill(first, signal.SIGKILL)
    assert run.runs_until_said("was ended by SIGKILL, starts again in 0 s")
    assert run.runs_until(lambda: run.pids().get("one", first) != first)
    assert not psutil.pid_exists(first)


def test_it_keeps_none_of_our_locks_and_pipes(stage, tmp_path):
    reader, writer = os.pipe()
    with (tmp_path / "lock").open("w") as held, (tmp_path / "lock").open() as other:
        fcntl.flock(held, fcntl.LOCK_EX)
        run = stage(forked(sleep))
        assert run.runs_until_said("up")
        fcntl.flock(held, fcntl.LOCK_UN)
        held.close()
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(writer)
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_what_it_closes_late_closes_nothing_new(stage, tmp_path):
    """A file object of ours that ends in the child must not take another file with it."""
    ours = (tmp_path / "ours").open("w")

    def run():
        theirs = (tmp_path / "theirs").open("w")
        ours.close()
        theirs.write("kept")
        theirs.close()
        sleep()

    run = stage(forked(run))
    assert run.runs_until_said("up")
    assert (tmp_path / "theirs").read_text() == "kept"
    ours.close()


def test_it_runs_what_was_to_be_done_at_exit(stage, tmp_path):
    def run():
        import atexit

        atexit.register((tmp_path / "left").touch)

    run = stage(forked(run), restart_delays=(60.0,))
    assert run.runs_until_said("ended with exit code 0, starts again in 60 s")
    assert eventually((tmp_path / "left").exists)
