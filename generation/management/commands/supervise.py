"""Runs viduweb: web server, workers and, while no gateway is set, the sandbox."""

import contextlib
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from generation.first_run import ensure_sandbox_key, setup_address
from generation.garbage import end_of_loading
from generation.supervisor import bootstrap, services
from generation.supervisor.bootstrap import Lock
from generation.supervisor.health import HealthMonitor, run_checks
from generation.supervisor.reaper import Reaper
from generation.supervisor.runner import Printer
from generation.supervisor.services import Service, StartupError
from generation.supervisor.supervisor import STOP_TIMEOUT, StopSignals, Supervisor

# Seconds until the web server has to answer.
READY_TIMEOUT = 60.0
READY_INTERVAL = 0.1


class Command(BaseCommand):
    help = "Runs everything until Ctrl-C or SIGTERM, and leaves nothing behind."
    # They cost half a second; settings and migrations fail loudly by themselves.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-web", action="store_true", help="without the web server")
        parser.add_argument("--no-workers", action="store_true", help="without the clusters")
        parser.add_argument("--no-sandbox", action="store_true", help="without the sandbox")

    def handle(self, *args: Any, **options: Any) -> None:
        self.web = not options["no_web"]
        self.workers = not options["no_workers"]
        self.sandbox = settings.SANDBOX and not options["no_sandbox"]
        self.signals = StopSignals()
        self.signals.install()
        services.limit_malloc()
        try:
            with self._lock() as lock:
                self._require_ports()
                bootstrap.run_in_child(self._prepare)
                if not self.signals.stop_requested:
                    self._supervise(lock)
        except StartupError as error:
            raise CommandError(str(error)) from None
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {error}") from None

    def _prepare(self) -> None:
        bootstrap.prepare(self._say, workers=self.workers)
        if self.sandbox:
            ensure_sandbox_key()
        bootstrap.require_shared_files()

    def _say(self, text: str) -> None:
        Printer(self.stdout, ()).plain(text)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[Lock]:
        with contextlib.closing(Lock(bootstrap.data_dir() / "supervisor.lock")) as lock:
            lock.acquire()
            yield lock

    def _require_ports(self) -> None:
        if self.web:
            services.require_free(services.host(), settings.PORT, "PORT")
        if self.sandbox:
            services.require_free("127.0.0.1", settings.SANDBOX_PORT, "SANDBOX_PORT")

    def _supervise(self, lock: Lock) -> None:
        wanted = self._services()
        names = [service.name for service in wanted]
        services.preload(names)
        end_of_loading()
        printer = Printer(self.stdout, names, as_json=settings.LOG_FORMAT == "json")
        reaper = Reaper(timeout=STOP_TIMEOUT, inherit_fds=[lock.fd])
        supervisor = Supervisor(wanted, printer, reaper=reaper)
        try:
            supervisor.start()
            self._run(supervisor)
        finally:
            supervisor.stop(self.signals.kill_requested)
            reaper.close()

    def _services(self) -> list[Service]:
        clusters = services.SERVICES if self.workers else {}
        monitor = HealthMonitor(clusters)
        found = [services.health(partial(run_checks, monitor))]
        if self.web:
            found.append(services.web())
        if self.sandbox:
            found.append(services.sandbox())
        return found + [services.cluster(name, monitor.unhealthy_reason) for name in clusters]

    def _run(self, supervisor: Supervisor) -> None:
        self._wait_until_ready(supervisor)
        supervisor.run_once()
        if not self.signals.stop_requested:
            self._say(bootstrap.run_in_child(self._welcome))
        while not self.signals.stop_requested:
            supervisor.run_once()
        self._say("Stopping; another Ctrl-C kills at once.")

    def _wait_until_ready(self, supervisor: Supervisor) -> None:
        """Goes on once web server and sandbox answer; raises StartupError when one ends instead."""
        begin = time.monotonic()
        while not self.signals.stop_requested and not self._is_ready():
            # A server that answers with errors is not asked without a pause.
            pause_ends = time.monotonic() + READY_INTERVAL
            while time.monotonic() < pause_ends:
                supervisor.run_once(READY_INTERVAL / 2)
            if failed := set(supervisor.failed_services()) & {"web", "sandbox"}:
                names = " and ".join(sorted(failed))
                raise StartupError(f"Cannot start: {names} ended. The lines above say why.")
            if time.monotonic() - begin > READY_TIMEOUT:
                raise StartupError(
                    f"No good answer from the web server within {READY_TIMEOUT:g} s."
                )

    def _is_ready(self) -> bool:
        web = not self.web or services.answers(
            services.host(), settings.PORT, "/healthz", name=services.host_name()
        )
        return web and (
            not self.sandbox or services.answers("127.0.0.1", settings.SANDBOX_PORT, "/healthz")
        )

    def _welcome(self) -> str:
        base = settings.PUBLIC_URL or services.url(services.host(), settings.PORT)
        first = setup_address(base) if self.web else None
        lines = [f"viduweb is ready at {base}" if self.web else "The workers are running."]
        if first:
            lines.append(f"First visit: make the first admin at {first}")
        elif self.web:
            lines.append("Log in with your account.")
        if self.sandbox:
            lines.append("Sandbox: no real generations, nothing is charged.")
            lines.append("To use the real gateway, set GATEWAY_URL and add a key on /keys/.")
        lines.append("Ctrl-C stops everything.")
        return "\n".join(["", *(f"  {line}" for line in lines), ""])
