"""A test that hangs is red, with its name and its stacks; a CI that is cut off says neither."""

import os
import subprocess
import sys

from tests.processes.prepared import ROOT

HANGS = """
import threading

def test_waits_for_ever():
    threading.Event().wait()

def test_comes_after_it():
    pass
"""


def test_every_test_has_an_end(request):
    assert 60 <= float(request.config.getini("timeout")) <= 900


def test_one_that_hangs_is_named_and_the_others_go_on(tmp_path):
    file = tmp_path / "test_it.py"
    file.write_text(HANGS)
    command = (sys.executable, "-m", "pytest", "-c", "/dev/null", "--rootdir", str(tmp_path))
    # It is a run of its own, not a worker of the run that this test belongs to.
    own = ("PYTEST_", "SLIPCOVER_")
    environment = {name: text for name, text in os.environ.items() if not name.startswith(own)}
    said = subprocess.run(
        (*command, "--timeout=0.5", "-q", "-p", "no:django", str(file)),
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    assert "1 failed, 1 passed" in said
    assert "test_waits_for_ever" in said
    assert "threading.Event().wait()" in said


def test_ci_ends_what_hangs_beyond_that():
    lines = (ROOT / ".ci/run").read_text().splitlines()
    tests = [line for line in lines if line.strip().startswith("stage") and "make test" in line]
    assert len(tests) == 6
    assert all(" within make test" in line for line in tests)
