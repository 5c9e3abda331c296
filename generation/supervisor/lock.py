"""One supervisor a data directory."""

import errno
import fcntl
import os
import time
from pathlib import Path

import psutil


class Refused(Exception):
    """The supervisor cannot start; the message says why and what to do."""


class Lock:
    """An exclusive lock on a file that holds its owner's process id; freed with the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("a+")
        path.chmod(0o600)

    @property
    def fd(self) -> int:
        return self._file.fileno()

    def acquire(self, *, patience: float = 20.0) -> None:
        """Takes the lock or raises Refused.

        When its owner was killed, its guardian still ends the services: that is waited for.
        """
        until = time.monotonic() + patience
        while not self._try():
            owner = self._owner()
            if owner is None or psutil.pid_exists(owner) or time.monotonic() > until:
                raise Refused(
                    f"viduweb is already running on {self._path.parent}"
                    f"{f' (process {owner})' if owner else ''}. "
                    "Stop it first, or set DATA_DIR and PORT to run a second one."
                )
            time.sleep(0.1)
        self._file.seek(0)
        self._file.truncate()
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    def _try(self) -> bool:
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
            return False
        return True

    def _owner(self) -> int | None:
        self._file.seek(0)
        text = self._file.read().strip()
        return int(text) if text.isdigit() else None
