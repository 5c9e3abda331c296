"""The programs that viduweb consists of."""

import os
import sys
from collections.abc import Callable

from django.conf import settings

from generation.supervisor.address import bind
from generation.supervisor.service import Service

CLUSTERS = {"default": "workers", "poll": "poll"}
# Web goes first, so that nothing new comes in; the sandbox last, since workers still talk to it.
WEB, WORKERS, SANDBOX = range(3)
# Many threads, each with a heap of its own, cost glibc a seventh of our memory; elsewhere harmless.
LEAN = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}
Complaint = Callable[[str, float], str | None]


def host() -> str:
    return os.environ.get("HOST", "127.0.0.1")


def host_name() -> str:
    """A name under which Django lets itself be asked."""
    name = next(iter(settings.ALLOWED_HOSTS), "*")
    return "localhost" if name == "*" else name.removeprefix(".")


def web() -> Service:
    """gunicorn with threads. Its control socket would lie in the home directory: off.

    The application is loaded before the workers are forked: one import, and its memory is shared.
    """
    return Service(
        "web",
        (
            *(sys.executable, "-m", "gunicorn", "viduweb.wsgi:application"),
            *("--bind", bind(host(), settings.PORT)),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "16"),
            *("--graceful-timeout", "5", "--no-control-socket", "--preload"),
            *("--log-level", "warning"),
        ),
        env=LEAN,
        stage=WEB,
    )


def cluster(name: str, complaint: Complaint) -> Service:
    def probe(uptime: float) -> str | None:
        return complaint(name, uptime)

    return Service(
        CLUSTERS[name],
        # The checks would load every page into processes that serve none: 13 MB a cluster.
        (sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster", "--skip-checks"),
        # On Linux django-q2 takes a cluster's name from the environment only.
        env={"Q_CLUSTER_NAME": name} | LEAN,
        probe=probe,
        stage=WORKERS,
    )


def sandbox() -> Service:
    return Service(
        "sandbox",
        (
            *(sys.executable, str(settings.BASE_DIR / "manage.py"), "sandbox"),
            *("--host", "127.0.0.1", "--port", str(settings.SANDBOX_PORT)),
            *("--state", str(settings.DATA_DIR / "sandbox")),
        ),
        stage=SANDBOX,
    )
