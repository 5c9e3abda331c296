"""What has to be so before anything starts: one supervisor a data directory, and free ports."""

import errno
import fcntl
import http.client
import os
import socket
import time
from pathlib import Path

import psutil

ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared with, not bound to


class StartupError(Exception):
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
        """Takes the lock or raises StartupError.

        When its owner was killed, its reaper still ends the services: that is waited for.
        """
        until = time.monotonic() + patience
        while not self._try():
            owner = self._owner()
            if owner is None or psutil.pid_exists(owner) or time.monotonic() > until:
                raise StartupError(
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


def reachable(host: str) -> str:
    """The address under which this machine reaches what listens on `host`."""
    return ANY.get(host, host)


def url(host: str, port: int) -> str:
    name = reachable(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def bind(host: str, port: int) -> str:
    """The address in gunicorn's notation."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def require_free(host: str, port: int, variable: str) -> None:
    """Raises StartupError when nothing can listen there; `variable` sets the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((host, port))
        except OSError as error:
            raise StartupError(_why_not(error, host, port, variable)) from error


def answers(host: str, port: int, path: str, *, name: str = "", timeout: float = 2.0) -> bool:
    """Whether an HTTP server there, asked by that host name, answers without a server error."""
    connection = http.client.HTTPConnection(reachable(host), port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Host": name} if name else {})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _why_not(error: OSError, host: str, port: int, variable: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program. "
            f"Stop it, or set {variable} to a free port."
        )
    return f"Cannot listen on {host} port {port}: {error.strerror or error}."
