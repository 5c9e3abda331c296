"""One running process of a service: a program, or a fork of this process that runs a function."""

import atexit
import io
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, TextIO

import psutil

from .reaper import kill_tree
from .services import Service

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# A line longer than this is passed on in pieces, so that no service can fill our memory.
LONGEST_LINE = 65536


class ManagedProcess:
    """Starts the service in a session of its own, its output in a pipe.

    The main process is not reaped before `reap()`: until then its pid, which is the session's
    id as well, cannot be given to a stranger. Raises OSError when the program cannot be started.
    """

    def __init__(self, service: Service) -> None:
        self.started = time.monotonic()
        self._splitter = LineSplitter()
        self._wait: Callable[[], int]
        if service.run:
            pid, output = _fork(service.run, service.env)
            self._wait = lambda: os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        else:
            process = _spawn(service)
            assert process.stdout is not None
            # The object stays with us: it would wait for its process as soon as it is forgotten.
            pid, output, self._wait = process.pid, os.dup(process.stdout.fileno()), process.wait
            process.stdout.close()
        self.pid = pid
        self.fd = output
        os.set_blocking(self.fd, False)

    @property
    def uptime(self) -> float:
        return time.monotonic() - self.started

    def has_ended(self) -> bool:
        """Whether the main process is gone; what it started may live on."""
        try:
            return bool(psutil.Process(self.pid).status() == psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return True

    def terminate(self) -> None:
        """SIGTERM to the main process alone: a cluster hangs when its group gets one."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)

    def read_lines(self) -> list[str] | None:
        """The whole lines that have arrived; None when there will be no more."""
        try:
            chunk = os.read(self.fd, 65536)
        except BlockingIOError:
            return []
        return self._splitter.feed(chunk) if chunk else None

    def reap(self) -> int:
        """Kills what is left of the tree; the main process's exit code, negative for a signal."""
        kill_tree(self.pid)
        return self._wait()

    def close(self) -> list[str]:
        lines: list[str] = []
        with suppress(BlockingIOError):
            while chunk := os.read(self.fd, 65536):
                lines += self._splitter.feed(chunk)
        os.close(self.fd)
        return lines + self._splitter.close()


def _spawn(service: Service) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  # the commands are our own
        service.argv,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **service.env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _fork(run: Callable[[], object], env: Mapping[str, str]) -> tuple[int, int]:
    """The pid of a fork that does nothing but `run`, and where its output can be read."""
    ours, theirs = os.pipe()
    sys.stdout.flush()
    # A signal that comes before the child has handlers of its own is for the child, not for us.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        pid = os.fork()
        if pid == 0:
            _run_forked(run, env, theirs)
    except OSError:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return pid, ours


def _run_forked(run: Callable[[], object], env: Mapping[str, str], output: int) -> NoReturn:
    code = 1
    try:
        os.setsid()
        os.dup2(output, 1)
        os.dup2(output, 2)
        _release_files()
        restore_defaults()
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.environ.update(env, PYTHONUNBUFFERED="1")
        sys.stdout, sys.stderr = _unbuffered(1), _unbuffered(2)
        run()
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        if isinstance(error.code, str):
            sys.stderr.write(f"{error.code}\n")
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(BaseException):
            threading._shutdown()  # type: ignore[attr-defined]
            atexit._run_exitfuncs()
            sys.stdout.flush()
        os._exit(code)


def restore_defaults() -> None:
    """For a forked child: signals end it again, but for SIGHUP under nohup."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _unbuffered(number: int) -> TextIO:
    raw = io.FileIO(number, "w", closefd=False)
    return io.TextIOWrapper(raw, "utf-8", "backslashreplace", write_through=True)


def _release_files() -> None:
    """Lets go of the parent's locks, pipes and sockets.

    Their numbers stay taken, so that whoever still holds one here closes nothing else by it.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    for name in Path("/dev/fd").iterdir():
        number = int(name.name)
        if number > 2 and number != nothing:
            with suppress(OSError):
                os.fstat(number)
                os.dup2(nothing, number, inheritable=False)


class LineSplitter:
    """Turns chunks of bytes into whole lines of text."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[str]:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._rest)
            self._rest = b""
        return [_text(line) for line in lines]

    def close(self) -> list[str]:
        rest, self._rest = self._rest, b""
        return [_text(rest)] if rest else []


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r")
