"""Ends the services when the supervisor itself was killed.

The guardian is a small process that waits at the end of a pipe from the supervisor. It learns
every child's pid, and when the pipe closes while children are left, it stops them: kill -9 of
the supervisor leaves nothing behind. It also keeps the run's lock until then, so that a new run
does not meet the old one's ports and workers.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import psutil

from generation.supervisor import tree

ROOT = Path(__file__).resolve().parents[2]


class Guardian:
    """The supervisor's end of the pipe. `keep_open`: descriptors the guardian holds as well."""

    def __init__(self, *, grace: float, keep_open: Sequence[int] = ()) -> None:
        self._grace = grace
        self._keep_open = tuple(keep_open)
        self._pids: set[int] = set()
        self._process = self._start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def add(self, pid: int) -> None:
        self._pids.add(pid)
        self._send(f"+{pid}")

    def remove(self, pid: int) -> None:
        self._pids.discard(pid)
        self._send(f"-{pid}")

    def check(self) -> None:
        """Starts the guardian again if it was killed."""
        if self._process.poll() is not None:
            self._close()
            self._process = self._start()
            for pid in self._pids:
                self._send(f"+{pid}")

    def dismiss(self) -> None:
        """Closes the pipe and waits: the guardian ends what is left, which should be nothing."""
        self._close()
        self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  # our own module
            [sys.executable, "-m", "generation.supervisor.guardian", str(self._grace)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            pass_fds=self._keep_open,
        )

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        if self._process.stdin.closed:
            return
        # A dead guardian is replaced at the next check() and hears everything then.
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{line}\n".encode())

    def _close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()


def listen(pipe: TextIO) -> dict[int, psutil.Process]:
    """The children that were left when the pipe closed."""
    children: dict[int, psutil.Process] = {}
    for line in pipe:
        sign, pid = line[0], int(line[1:])
        children.pop(pid, None)
        if sign == "+":
            with suppress(psutil.NoSuchProcess):
                children[pid] = psutil.Process(pid)
    return children


def end(children: dict[int, psutil.Process], grace: float) -> None:
    """SIGTERM to every main process, then SIGKILL to all that is left after the grace period."""
    for process in children.values():
        with suppress(psutil.Error):
            process.terminate()
    until = time.monotonic() + grace
    while time.monotonic() < until and any(_left(*child) for child in children.items()):
        time.sleep(0.1)
    for pid, process in children.items():
        if _left(pid, process):
            tree.kill(pid)


def _left(pid: int, process: psutil.Process) -> bool:
    """Whether something of the child's tree lives; a stranger that got its pid does not count."""
    stranger = psutil.pid_exists(pid) and not process.is_running()
    return not stranger and bool(tree.members(pid))


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if children := listen(sys.stdin):
        end(children, float(sys.argv[1]))


if __name__ == "__main__":
    main()
