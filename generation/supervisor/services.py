"""The programs that viduweb consists of, and where they listen."""

import ctypes
import errno
import http.client
import importlib
import os
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from django.conf import settings
from django.core.management import CommandError, call_command
from setproctitle import setproctitle

from generation.workers.clusters import DISPATCHING, POLLING

# Given how many seconds the service's current process is up, says why it has to be replaced, or
# None while it is well. Called several times a second: it must answer at once.
Probe = Callable[[float], str | None]


ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared with, not bound to


class StartupError(Exception):
    """The supervisor cannot start; the message says why and what to do."""


@dataclass(frozen=True)
class Service:
    """One process tree: what it runs, `env` on top of ours, and how to tell that it hangs.

    It runs the program `argv`, or the function `run` in a fork of the supervisor.
    `critical_process` ends the title of a descendant without which the service does not work even
    if it has started another one. `stage` orders the stop: a service is asked to stop when those
    of all lower stages have ended, or when their share of the stop's time is over.
    """

    name: str
    argv: tuple[str, ...] = ()
    run: Callable[[], object] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    probe: Probe | None = None
    critical_process: str = ""
    stage: int = 0


SERVICES = {DISPATCHING: "workers", POLLING: "poll"}
"""What runs a cluster, by the cluster."""

# Web goes first, so that nothing new comes in; the sandbox last, since workers still talk to it.
WEB, WORKERS, SANDBOX = range(3)
M_TRIM_THRESHOLD, M_ARENA_MAX = -1, -8
WEB_WORKER = "viduweb.server.worker"
UnhealthyReason = Callable[[str, float], str | None]


def host() -> str:
    name: str = settings.HOST
    return name


def host_name() -> str:
    """A name under which Django lets itself be asked."""
    name = next(iter(settings.ALLOWED_HOSTS), "*")
    return "localhost" if name == "*" else name.removeprefix(".")


def web() -> Service:
    # Else a header SCRIPT_NAME, which many proxies pass on, would decide what our path is.
    return Service("web", run=_run_web, env={"SCRIPT_NAME": ""}, stage=WEB)


def web_arguments() -> tuple[str, ...]:
    """gunicorn's. Its control socket would lie in the home directory: off.

    The application is loaded before the workers are forked: one import, and its memory is shared.
    """
    return (
        settings.WSGI_APPLICATION.replace(".application", ":application"),
        *("--bind", bind(host(), settings.PORT)),
        *("--worker-class", f"{WEB_WORKER}.Worker"),
        *("--workers", "2", "--threads", "16", "--worker-connections", "400"),
        *("--graceful-timeout", "5", "--no-control-socket", "--preload"),
        *("--log-level", "warning"),
        *("--forwarder-headers", ""),
    )


def _run_web() -> None:
    from gunicorn.app.wsgiapp import WSGIApplication

    sys.argv = ["gunicorn", *web_arguments()]
    WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]").run()


def cluster(name: str, unhealthy_reason: UnhealthyReason) -> Service:
    return Service(
        SERVICES[name],
        run=partial(_run_cluster, name),
        probe=partial(unhealthy_reason, name),
        critical_process="monitor",
        stage=WORKERS,
    )


def _run_cluster(name: str) -> None:
    name_cluster(name)
    from django_q.cluster import Cluster

    running = Cluster()
    running.start()
    if running.sentinel:
        running.sentinel.join()


def name_cluster(name: str) -> None:
    """Makes this process one of that cluster.

    django-q2 reads name and settings of its cluster from the environment when it is imported, and
    so it has been by Django: what it has handed out is brought up to date.
    """
    from django_q import conf

    os.environ["Q_CLUSTER_NAME"] = name
    handed_out = conf.Conf
    for setting, value in vars(importlib.reload(conf).Conf).items():
        if setting.isupper():
            setattr(handed_out, setting, value)
    conf.Conf = handed_out


def sandbox() -> Service:
    return Service("sandbox", run=_run_sandbox, stage=SANDBOX)


def sandbox_options() -> dict[str, object]:
    return {
        "host": "127.0.0.1",
        "port": settings.SANDBOX_PORT,
        "state": settings.DATA_DIR / "sandbox",
    }


def _run_sandbox() -> None:
    setproctitle("viduweb sandbox")
    try:
        call_command("sandbox", **sandbox_options())
    except CommandError as error:
        sys.exit(f"CommandError: {error}")


def health(run: Callable[[], object]) -> Service:
    return Service("health", run=run, stage=WEB)


def limit_malloc() -> None:
    """For this process and its forks; does nothing where the C library is not glibc.

    Many threads, each with a heap of its own, cost glibc a seventh of our memory.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_ARENA_MAX, 2)
        mallopt(M_TRIM_THRESHOLD, 128 * 1024)


def preload(names: Iterable[str]) -> None:
    """Loads what these services run, so that their processes share its memory.

    What cannot be loaded fails again, and says so, in the service itself.
    """
    modules = {
        "web": [settings.WSGI_APPLICATION.rpartition(".")[0], "gunicorn.app.wsgiapp", WEB_WORKER],
        **{name: ["generation.jobs", "django_q.cluster"] for name in SERVICES.values()},
        "sandbox": ["generation.sandbox.server"],
    }
    for name in names:
        for module in modules.get(name, []):
            with suppress(Exception):
                importlib.import_module(module)


def reachable(host: str) -> str:
    return ANY.get(host, host)


def url(host: str, port: int) -> str:
    name = reachable(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def bind(host: str, port: int) -> str:
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
