"""Runs tests on one mutant after the other, each in a fork that has the libraries loaded.

Reads one JSON object a line, answers with one. Meant to be started by running.py.
"""

import importlib
import json
import os
import shutil
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import pytest

from tests.mutants.reach import ARGUMENTS

# What every test process would otherwise import again, and no mutant changes.
LIBRARIES = (
    *("PIL.Image", "argon2", "av", "cryptography.fernet", "dj_database_url"),
    *("django.core.handlers.wsgi", "django.db.models", "django.forms", "django.template"),
    *("environs", "httpx", "psutil", "redis", "structlog"),
)


class Chosen:
    """Keeps the tests `names`, or all but them, the cheap ones first as `names` has them.

    Those that empty the database stay last.
    """

    def __init__(self, names: list[str], others: bool) -> None:
        self._places = {name: place for place, name in enumerate(names)}
        self._others = others
        self.failed = ""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        def place(item: pytest.Item) -> tuple[bool, int]:
            return _empties(item), self._places.get(item.nodeid, 0)

        kept = [item for item in items if (item.nodeid in self._places) != self._others]
        items[:] = sorted(kept, key=place)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid


def _empties(item: pytest.Item) -> bool:
    marked = item.get_closest_marker("django_db")
    fixtures = getattr(item, "fixturenames", ())
    return bool(marked and marked.kwargs.get("transaction")) or "transactional_db" in fixtures


def run_tests(order: dict[str, Any], answer: Path) -> None:
    """Runs them here and writes what failed first; never returns."""
    chosen = Chosen(order["tests"], order["others"])
    code = pytest.main([*ARGUMENTS, *order["paths"]], plugins=[chosen])
    # What pytest could not even collect was noticed too.
    failed = chosen.failed or ("" if code in (0, 5) else f"pytest, which ended with {code}")
    answer.write_text(json.dumps({"failed": failed}))
    os._exit(0)


def attempt(order: dict[str, Any], scratch: Path) -> dict[str, Any]:
    """Runs the tests in a fork; {"failed": the first that failed, if any}.

    :raises RuntimeError: The fork ended by itself without an answer.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    answer = scratch / "answer.json"
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            _become_quiet(scratch)
            run_tests(order, answer)
        finally:
            traceback.print_exc()
            os._exit(1)
    status = _wait(child, began + order["limit"])
    took = time.monotonic() - began
    if answer.exists():
        return {**json.loads(answer.read_text()), "seconds": took}
    if not os.WIFSIGNALED(status):
        raise RuntimeError((scratch / "log").read_text(errors="replace")[-3000:])
    late = took > order["limit"]
    return {"failed": "the clock" if late else f"signal {status}", "seconds": took}


def _become_quiet(scratch: Path) -> None:
    os.setsid()
    os.environ["TMPDIR"] = str(scratch)
    log = os.open(scratch / "log", os.O_WRONLY | os.O_CREAT)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)


def _wait(child: int, until: float) -> int:
    """Its exit status; when the time is over it and all it started are killed."""
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > until:
            os.killpg(child, signal.SIGKILL)
        time.sleep(0.02)
    return ended[1]


def main(scratch: str) -> None:
    for name in LIBRARIES:
        importlib.import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        file = Path(order["path"])
        original = file.read_text()
        file.write_text(order["code"])
        try:
            said = attempt(order, Path(scratch))
        finally:
            file.write_text(original)
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
