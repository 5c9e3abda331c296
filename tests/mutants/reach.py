"""Which tests reach which line: one run of a package's tests under coverage."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import coverage
import pytest


@dataclass(frozen=True)
class Reach:
    """`lines` holds, by file and line, the tests that run it, `seconds` what each test took."""

    lines: dict[str, dict[int, list[str]]]
    seconds: dict[str, float]

    def tests_of(self, path: str, changed: range, source: str) -> list[str]:
        """The tests that run one of the changed statements, or any of a file where they run as it is
        loaded: whichever test comes first does that.
        """
        reached = self.lines.get(path, {})
        numbers = [number for line in changed for number in _statement(source, line)]
        if not all(_is_in_function(source, line) for line in changed):
            numbers = list(reached)
        tests = {test for number in numbers for test in reached.get(number, [])}
        return sorted(tests - {""}, key=self.seconds.__getitem__)


def merged(parts: list[Reach]) -> Reach:
    lines: dict[str, dict[int, list[str]]] = {}
    seconds: dict[str, float] = {}
    for part in parts:
        seconds |= part.seconds
        for path, numbers in part.lines.items():
            for number, tests in numbers.items():
                lines.setdefault(path, {}).setdefault(number, []).extend(tests)
    return Reach(lines, seconds)


def measure(tree: Path, path: str, folder: Path) -> Reach:
    """Runs the tests there in `tree`; `folder` is made for the run.

    :raises SystemExit: They fail even without a mutant.
    """
    folder.mkdir()
    result = folder / "reach.json"
    with (folder / "reach.log").open("wb") as log:
        done = subprocess.run(
            (sys.executable, "-m", "tests.mutants.reach", str(result), path),
            cwd=tree,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    if done.returncode != 0:
        tail = (folder / "reach.log").read_text(errors="replace")[-3000:]
        raise SystemExit(f"The tests fail without any mutant:\n{tail}")
    found = json.loads(result.read_text())
    lines = {
        path: {int(number): tests for number, tests in numbers.items()}
        for path, numbers in found["lines"].items()
    }
    return Reach(lines, found["seconds"])


class Watch:
    """Tells coverage which test is running, and keeps the time it takes."""

    def __init__(self, measuring: coverage.Coverage) -> None:
        self.seconds: dict[str, float] = {}
        self._measuring = measuring

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._measuring.switch_context(item.nodeid)
        result = yield
        self._measuring.switch_context("")
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.skipped:
            self.seconds.setdefault(report.nodeid, 0.0)
            self.seconds[report.nodeid] += report.duration


def _statement(source: str, line: int) -> range:
    """The lines of the innermost statement there; of a compound one only its head."""
    around = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    if not around:
        return range(line, line + 1)
    inner = max(around, key=lambda node: (node.lineno, -(node.end_lineno or 0)))
    body = getattr(inner, "body", None)
    last = body[0].lineno - 1 if body else inner.end_lineno or inner.lineno
    return range(inner.lineno, max(last, inner.lineno) + 1)


def _is_in_function(source: str, line: int) -> bool:
    """Whether it runs as something is called, and not as the file is loaded."""
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body[0].lineno <= line <= (node.end_lineno or node.lineno)
        for node in ast.walk(ast.parse(source))
    )


def main(result: str, *paths: str) -> None:
    measuring = coverage.Coverage(data_file=None, source=["generation"], config_file=False)
    watch = Watch(measuring)
    measuring.start()
    code = pytest.main([*ARGUMENTS, *paths], plugins=[watch])
    measuring.stop()
    data = measuring.get_data()
    root = Path.cwd()
    lines = {
        str(Path(name).relative_to(root)): data.contexts_by_lineno(name)
        for name in data.measured_files()
    }
    Path(result).write_text(json.dumps({"lines": lines, "seconds": watch.seconds}))
    raise SystemExit(code)


ARGUMENTS = (
    *("-q", "-x", "--no-header", "--tb=short", "-p", "no:cacheprovider", "--hypothesis-seed=0"),
    *("-m", "not journey and not browser and not processes and not faults"),
)

if __name__ == "__main__":
    main(*sys.argv[1:])
