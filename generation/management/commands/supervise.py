"""Runs viduweb: web server, workers and, while no gateway is set, the sandbox."""

import contextlib
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections

from generation.first_run import ensure_sandbox_key, setup_address
from generation.supervisor import address, prepare, stack
from generation.supervisor.guardian import Guardian
from generation.supervisor.heartbeat import Heartbeat
from generation.supervisor.interrupts import Interrupts
from generation.supervisor.lock import Lock, Refused
from generation.supervisor.output import Printer
from generation.supervisor.service import Service
from generation.supervisor.supervisor import GRACE, Supervisor

# Seconds until the web server has to answer.
READY_WITHIN = 60.0
ASK_EVERY = 0.1


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
        self.interrupts = Interrupts()
        self.interrupts.install()
        try:
            with self._lock() as lock:
                self._require_ports()
                prepare.everything(self._say)
                if self.sandbox:
                    ensure_sandbox_key()
                if not self.interrupts.asked:
                    self._supervise(lock)
        except Refused as error:
            raise CommandError(str(error)) from None
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {error}") from None

    def _say(self, text: str) -> None:
        Printer(self.stdout, ()).plain(text)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[Lock]:
        with contextlib.closing(Lock(prepare.data_dir() / "supervisor.lock")) as lock:
            lock.acquire()
            yield lock

    def _require_ports(self) -> None:
        if self.web:
            address.require_free(stack.host(), settings.PORT, "PORT")
        if self.sandbox:
            address.require_free("127.0.0.1", settings.SANDBOX_PORT, "SANDBOX_PORT")

    def _supervise(self, lock: Lock) -> None:
        heartbeat = Heartbeat(stack.CLUSTERS)
        services = self._services(heartbeat)
        names = [service.name for service in services]
        printer = Printer(self.stdout, names, as_json=settings.LOG_FORMAT == "json")
        guardian = Guardian(grace=GRACE, keep_open=[lock.fd])
        supervisor = Supervisor(services, printer, guardian=guardian)
        try:
            supervisor.start()
            if self.workers:
                heartbeat.start()
            self._run(supervisor)
        finally:
            heartbeat.stop()
            supervisor.stop(self.interrupts.hurried)
            guardian.dismiss()

    def _services(self, heartbeat: Heartbeat) -> list[Service]:
        services = [stack.web()] if self.web else []
        if self.sandbox:
            services.append(stack.sandbox())
        if self.workers:
            services += [stack.cluster(name, heartbeat.complaint) for name in stack.CLUSTERS]
        return services

    def _run(self, supervisor: Supervisor) -> None:
        self._wait_until_ready(supervisor)
        supervisor.turn()
        if not self.interrupts.asked:
            self._say(self._welcome())
        # From here on only the heartbeat's thread needs the database.
        connections.close_all()
        while not self.interrupts.asked:
            supervisor.turn()
        self._say("Stopping; another Ctrl-C kills at once.")

    def _wait_until_ready(self, supervisor: Supervisor) -> None:
        """Goes on once web server and sandbox answer; raises Refused when one ends instead."""
        begin = time.monotonic()
        while not self.interrupts.asked and not self._is_ready():
            # A server that answers with errors is not asked without a pause.
            pause_ends = time.monotonic() + ASK_EVERY
            while time.monotonic() < pause_ends:
                supervisor.turn(ASK_EVERY / 2)
            if failed := set(supervisor.failed()) & {"web", "sandbox"}:
                names = " and ".join(sorted(failed))
                raise Refused(f"Cannot start: {names} ended. The lines above say why.")
            if time.monotonic() - begin > READY_WITHIN:
                raise Refused(f"No good answer from the web server within {READY_WITHIN:g} s.")

    def _is_ready(self) -> bool:
        web = not self.web or address.answers(
            stack.host(), settings.PORT, "/healthz", name=stack.host_name()
        )
        return web and (
            not self.sandbox or address.answers("127.0.0.1", settings.SANDBOX_PORT, "/healthz")
        )

    def _welcome(self) -> str:
        base = settings.PUBLIC_URL or address.url(stack.host(), settings.PORT)
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
