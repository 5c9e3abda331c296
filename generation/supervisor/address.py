"""Listening addresses: is one free, does one answer."""

import errno
import http.client
import socket

from generation.supervisor.lock import Refused

ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared with, not bound to


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
    """Raises Refused when nothing can listen there; `variable` sets the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((host, port))
        except OSError as error:
            raise Refused(_why_not(error, host, port, variable)) from error


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
