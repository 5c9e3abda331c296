"""Ends process trees, and all services when the supervisor itself was killed.

A service leads a session of its own, so its pid is the session's id. Descendants are found twice
over: by session, which still finds orphans whose parent was killed, and by parentage, which also
finds those that opened a session of their own.

The reaper is a small process that waits at the end of a pipe from the supervisor. It learns
every child's pid, and when the pipe closes while children are left, it stops them: kill -9 of
the supervisor leaves nothing behind. It also keeps the run's lock until then, so that a new run
does not meet the old one's ports and workers.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import psutil

ROOT = Path(__file__).resolve().parents[2]


def process_tree(leader: int) -> list[psutil.Process]:
    """The living processes that belong to the child `leader`; zombies do not count."""
    # psutil leaves out whoever got the pid of a process that it remembers, at its first look.
    psutil.process_iter.cache_clear()
    processes = {process.pid: process for process in psutil.process_iter(["ppid", "status"])}
    found = {pid for pid in processes if pid == leader or _session(pid) == leader}
    while grown := {p.pid for p in processes.values() if p.info["ppid"] in found} - found:
        found |= grown
    return [processes[pid] for pid in found if processes[pid].info["status"] != "zombie"]


def kill_tree(leader: int, *, timeout: float = 5.0) -> None:
    """Kills all of them, and again what was forked meanwhile, until none is left."""
    end = time.monotonic() + timeout
    while (left := process_tree(leader)) and time.monotonic() < end:
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        # Not wait_procs(): it would reap our own child before its exit code is read.
        time.sleep(0.02)


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


class Reaper:
    """The supervisor's end of the pipe. `inherit_fds`: descriptors the reaper holds as well."""

    def __init__(self, *, timeout: float, inherit_fds: Sequence[int] = ()) -> None:
        self._timeout = timeout
        self._inherit_fds = tuple(inherit_fds)
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

    def ensure_running(self) -> None:
        if self._process.poll() is not None:
            self._close_pipe()
            self._process = self._start()
            for pid in self._pids:
                self._send(f"+{pid}")

    def close(self) -> None:
        """Closes the pipe and waits: the reaper ends what is left, which should be nothing."""
        self._close_pipe()
        self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  # our own module
            [sys.executable, "-m", "generation.supervisor.reaper", str(self._timeout)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            pass_fds=self._inherit_fds,
        )

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        if self._process.stdin.closed:
            return
        # A dead reaper is replaced at the next ensure_running() and hears everything then.
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{line}\n".encode())

    def _close_pipe(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()


def read_children(pipe: TextIO) -> dict[int, psutil.Process]:
    children: dict[int, psutil.Process] = {}
    for line in pipe:
        sign, pid = line[0], int(line[1:])
        children.pop(pid, None)
        if sign == "+":
            with suppress(psutil.NoSuchProcess):
                children[pid] = psutil.Process(pid)
    return children


def stop_all(children: dict[int, psutil.Process], timeout: float) -> None:
    """SIGTERM to every main process, then SIGKILL to all that is left after the timeout period."""
    for process in children.values():
        with suppress(psutil.Error):
            process.terminate()
    until = time.monotonic() + timeout
    while time.monotonic() < until and any(_left(*child) for child in children.items()):
        time.sleep(0.1)
    for pid, process in children.items():
        if _left(pid, process):
            kill_tree(pid)


def _left(pid: int, process: psutil.Process) -> bool:
    """Whether something of the child's tree lives; a stranger that got its pid does not count."""
    stranger = psutil.pid_exists(pid) and not process.is_running()
    return not stranger and bool(process_tree(pid))


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if children := read_children(sys.stdin):
        stop_all(children, float(sys.argv[1]))


if __name__ == "__main__":
    main()
