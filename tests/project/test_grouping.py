"""The tests of one stack stay together."""

import os
import re
import select
import subprocess
import sys
from contextlib import ExitStack

import pytest

from generation.supervisor.reaper import ROOT
from tests.grouping import LONGEST, SEPARATE, TOGETHER, ByStack
from tests.processes import prepared
from tests.with_database import WITHOUT

CLOCK = "tests/faults/test_clock.py"
CRASHES = "tests/faults/test_crashes.py"


@pytest.mark.parametrize(
    ("test", "group"),
    [
        (f"{CLOCK}::test_everything_goes_on[sqlite-forward]", f"{CLOCK} sqlite"),
        (f"{CLOCK}::test_everything_goes_on[postgres-back]", f"{CLOCK} postgres"),
        (f"{CRASHES}::test_what_dies[sqlite-cluster-dispatch-marked]", f"{CRASHES} sqlite-cluster"),
        (f"{CRASHES}::test_nothing_is_left[postgres-process]", f"{CRASHES} postgres-process"),
        (f"{CRASHES}::test_every_point_of_the_code_is_among_them", CRASHES),
        ("tests/faults/test_two_machines.py::test_x[redis]", "tests/faults/test_two_machines.py"),
        ("tests/history/test_pages.py::test_x[a]", "tests/history/"),
        ("tests/processes/test_schema.py::test_x[a]", "tests/processes/test_schema.py::test_x[a]"),
    ],
)
def test_a_group_is_a_file_and_what_its_fixtures_are_made_for(test, group):
    assert ByStack._split_scope(None, test) == group


def test_only_files_with_the_marker_are_read(tmp_path):
    for name, marker in (("one", "processes"), ("other", "browser")):
        (tmp_path / f"test_{name}.py").write_text(
            f"import pytest\n@pytest.mark.{marker}\ndef test_it(): pass\nprint('read', {name!r})\n"
        )
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff")
    command = (
        sys.executable,
        "-m",
        "pytest",
        "-s",
        "-q",
        "-p",
        "tests.grouping",
        "-m",
        "processes",
    )
    done = subprocess.run(
        (*command, "-p", "no:cacheprovider", "--rootdir", str(ROOT), str(tmp_path)),
        cwd=ROOT,
        # Not in this run's room: a test that wants it alone would wait for this one, and that for it.
        env={**os.environ, prepared.FOLDER: str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "1 passed" in done.stdout
    assert "read one" in done.stdout
    assert "read other" not in done.stdout


def test_files_named_are_there():
    """One that was renamed would otherwise begin last."""
    assert [name for name in (*LONGEST, *SEPARATE, *TOGETHER) if not (ROOT / name).exists()] == []


def test_runs_side_by_side_share_a_folder_and_what_they_run_has_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv(prepared.FOLDER, "of this run")
    monkeypatch.setenv(prepared.SHARED, str(tmp_path))
    assert not prepared.begin()
    assert os.environ[prepared.FOLDER] == str(tmp_path)
    assert prepared.begin()
    assert os.environ[prepared.FOLDER] != str(tmp_path)
    prepared.end()
    assert tmp_path.exists()


def test_who_is_left_out_with_a_database_asks_for_none():
    assert set(WITHOUT) <= {str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("*.py")}
    shared = ("tests/supervisor/conftest.py", "tests/supervisor/helpers.py")
    for name in (*WITHOUT, *shared):
        source = (ROOT / name).read_text()
        assert not re.search("own_database|own_queue|start_stack|Machine|TEST_DATABASE_URL", source)


HOLDS = """
import sys
from contextlib import nullcontext
from tests.grouping import ROOM
print("here", flush=True)
with ROOM.shared(), ROOM.alone() if sys.argv[1] == "alone" else nullcontext():
    print("in", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def enter(tmp_path):
    """Starts a process that goes into the room, and leaves it when its input ends."""
    with ExitStack() as started:

        def enter(how):
            process = started.enter_context(
                subprocess.Popen(
                    (sys.executable, "-c", HOLDS, how),
                    cwd=ROOT,
                    env={**os.environ, prepared.FOLDER: str(tmp_path)},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    bufsize=0,
                )
            )
            started.callback(process.kill)
            assert process.stdout.readline() == b"here\n"
            return process

        yield enter


def is_in(process, seconds):
    return bool(select.select([process.stdout], [], [], seconds)[0])


def test_who_is_alone_waits_for_the_others_and_keeps_them_out(enter):
    one, other = enter("shared"), enter("shared")
    assert is_in(one, 20)
    assert is_in(other, 20)
    alone = enter("alone")
    assert not is_in(alone, 0.3)
    late = enter("shared")
    one.stdin.close()
    other.stdin.close()
    assert is_in(alone, 20)
    assert not is_in(late, 0.3)
    alone.stdin.close()
    assert is_in(late, 20)
