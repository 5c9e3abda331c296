"""Pieces of Python in the environment of a stack, by one process that has Django ready.

Setting Django up takes longer than most pieces run. Each runs in a fork, with connections of its
own, and leaves nothing behind. Run as a module it reads a JSON string a line, the code, and answers
with the exit status and what was written.
"""

import json
import os
import select
import signal
import subprocess
import sys
import traceback
from tempfile import TemporaryFile
from typing import NoReturn

from generation.garbage import beginning_of_loading
from generation.supervisor.reaper import ROOT


class Interpreter:
    """Begins with the first piece of code, and has to be closed."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = env
        self._process: subprocess.Popen[str] | None = None

    def run(self, code: str, within: float) -> str:
        """What it wrote. It must not raise, nor take longer than so many seconds."""
        process = self._process = self._process or subprocess.Popen(
            (sys.executable, "-m", __name__),
            cwd=ROOT,
            env=self._env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(code) + "\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], within)
        assert ready, f"not done within {within} s: {code}"
        status, written = json.loads(process.stdout.readline())
        assert status == 0, written
        return written

    def close(self) -> None:
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()


def _serve() -> None:
    beginning_of_loading()
    import django
    from django.db import connections

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viduweb.settings")
    django.setup()
    connections.close_all()
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        print(json.dumps(_in_a_fork(json.loads(line))), file=answers, flush=True)


def _in_a_fork(code: str) -> tuple[int, str]:
    """What it wrote, or, if it raised, that and how."""
    with TemporaryFile("w+", errors="replace") as out, TemporaryFile("w+", errors="replace") as err:
        if not (child := os.fork()):
            _run(code, out.fileno(), err.fileno())
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        wrote = [out, err] if status else [out]
        for file in wrote:
            file.seek(0)
        return status, "".join(file.read() for file in wrote)


def _run(code: str, out: int, err: int) -> NoReturn:
    os.dup2(out, 1)
    os.dup2(err, 2)
    status = 1
    try:
        exec(code, {"__name__": "__main__"})
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve()
