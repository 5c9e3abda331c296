"""One running process of a service."""

import os
import signal
import subprocess
import time
from contextlib import suppress

import psutil

from generation.supervisor import tree
from generation.supervisor.output import LineSplitter
from generation.supervisor.service import Service


class Child:
    """Starts the service in a session of its own, its output in a pipe.

    The main process is not reaped before `finish()`: until then its pid, which is the session's
    id as well, cannot be given to a stranger. Raises OSError when the program cannot be started.
    """

    def __init__(self, service: Service) -> None:
        self.started = time.monotonic()
        self._splitter = LineSplitter()
        self._process = subprocess.Popen(  # noqa: S603  # the commands are our own
            service.argv,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **service.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._output = self._process.stdout
        self.fd = self._output.fileno()
        os.set_blocking(self.fd, False)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def uptime(self) -> float:
        return time.monotonic() - self.started

    def has_ended(self) -> bool:
        """Whether the main process is gone; what it started may live on."""
        try:
            return bool(psutil.Process(self.pid).status() == psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return True

    def ask_to_stop(self) -> None:
        """SIGTERM to the main process alone: a cluster hangs when its group gets one."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)

    def read(self) -> list[str] | None:
        """The whole lines that have arrived; None when there will be no more."""
        try:
            chunk = os.read(self.fd, 65536)
        except BlockingIOError:
            return []
        return self._splitter.feed(chunk) if chunk else None

    def finish(self) -> int:
        """Kills what is left of the tree; the main process's exit code, negative for a signal."""
        tree.kill(self.pid)
        return self._process.wait()

    def close(self) -> list[str]:
        """Closes the output and returns the lines that had not been read."""
        lines: list[str] = []
        with suppress(BlockingIOError):
            while chunk := os.read(self.fd, 65536):
                lines += self._splitter.feed(chunk)
        self._output.close()
        return lines + self._splitter.close()
