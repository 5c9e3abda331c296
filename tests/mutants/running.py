"""Two copies of the tree, in each of which one mutant lives at a time."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants.drawing import Mutant
from tests.mutants.packages import ROOT
from tests.mutants.reach import Reach

PATIENCE = 120.0
"""Seconds that any run of tests may take, on top of several times what it took without mutant.

Long enough for libraries to load and a database to be made on a machine busy with other things:
otherwise the clock "notices" what no test does.
"""


@dataclass(frozen=True)
class Verdict:
    """`noticed_by` is the test that failed first, or how else it came to light; empty: nothing."""

    key: str
    package: str
    tests: str
    noticed_by: str
    seconds: float
    diff: str

    def line(self) -> str:
        return json.dumps(asdict(self))


class Host:
    """A process with its own copy of the tree."""

    def __init__(self, tree: Path, scratch: Path) -> None:
        self._process = subprocess.Popen(
            (sys.executable, "-m", "tests.mutants.host", str(scratch)),
            cwd=tree,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def prove(self, path: str, paths: list[str], reach: Reach) -> None:
        """Runs the same tests on the file as it is: nothing may fail.

        :raises RuntimeError: Something does: no verdict would mean anything.
        """
        tests = sorted(reach.seconds)[:20]
        if failed := self._ask(path, (ROOT / path).read_text(), paths, tests, reach)["failed"]:
            raise RuntimeError(f"Without a mutant something is noticed by {failed}")

    def judge(
        self, mutant: Mutant, paths: list[str], reach: Reach, digest: str, near_only: bool
    ) -> Verdict:
        """First with the tests that reach it, then with all others of its package."""
        source = (ROOT / mutant.path).read_text()
        near = reach.tests_of(mutant.path, mutant.lines, source)
        noticed, took = "", 0.0
        for others in (False, True)[not near : 1 if near_only else 2]:
            said = self._ask(mutant.path, mutant.code, paths, near, reach, others)
            took += said["seconds"]
            if noticed := said["failed"]:
                break
        return Verdict(mutant.key, mutant.package, digest, noticed, round(took, 1), mutant.diff)

    def _ask(
        self,
        path: str,
        code: str,
        paths: list[str],
        tests: list[str],
        reach: Reach,
        others: bool = False,
    ) -> dict:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        running = set(reach.seconds) - set(tests) if others else tests
        limit = PATIENCE + 5 * sum(map(reach.seconds.__getitem__, running))
        if not others:
            paths = sorted({name.partition("::")[0] for name in tests})
        order = {"path": path, "code": code, "paths": paths, "tests": tests}
        self._process.stdin.write(json.dumps({**order, "others": others, "limit": limit}) + "\n")
        self._process.stdin.flush()
        if not (line := self._process.stdout.readline()):
            raise RuntimeError("The process that runs the tests has ended.")
        return json.loads(line)

    def close(self) -> None:
        self._process.communicate(timeout=60)


@contextmanager
def copies(count: int) -> Iterator[list[Path]]:
    """So many copies of the tree, without what git ignores."""
    listed = subprocess.run(
        ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"),
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    names = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    with TemporaryDirectory(prefix="viduweb-mutants-") as folder:
        trees = [Path(folder) / f"tree-{number}" for number in range(count)]
        for tree in trees:
            for name in names:
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, tree / name)
        yield trees
