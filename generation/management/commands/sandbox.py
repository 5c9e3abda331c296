"""`manage.py sandbox`: runs the stand-in gateway until it is told to stop."""

import signal
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.sandbox.options import Options
from generation.sandbox.server import SandboxServer


class Command(BaseCommand):
    help = "Run a local stand-in for the gateway: no real generations, nothing is charged."
    requires_system_checks: list[str] = []  # it needs no database and starts faster without

    def add_arguments(self, parser: CommandParser) -> None:
        usual = Options()
        add = parser.add_argument
        add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        add("--port", type=int, default=8001, help="port, 0 for any (default: %(default)s)")
        add("--state", type=Path, help="directory that keeps tasks and results over a restart")
        add("--log", type=Path, help="file that gets one JSON line a request")
        add(
            "--seconds",
            type=_positive,
            default=usual.seconds,
            help="how long a generation takes, give or take a fifth (default: %(default)s)",
        )
        add(
            "--url-lifetime",
            type=_positive,
            default=usual.url_lifetime,
            help="seconds until a result address expires (default: %(default)s)",
        )
        add(
            "--fast",
            action="store_true",
            help="give all tasks of one length and size the same result, for load tests",
        )
        add(
            "--callbacks",
            action="store_true",
            help="call the tasks' callback_url, on this machine and on the host of PUBLIC_URL",
        )
        add("--off-peak", action="store_true", help="accept off_peak, which is refused otherwise")

    def handle(self, *args: Any, **options: Any) -> None:
        names = ("seconds", "url_lifetime", "fast", "off_peak", "callbacks", "state", "log")
        given = {name: options[name] for name in names}
        given["callback_host"] = urlsplit(settings.PUBLIC_URL).hostname or ""
        try:
            server = SandboxServer(options["host"], options["port"], Options(**given))
        except (OSError, OverflowError) as error:
            where = f"{options['host']}:{options['port']}"
            raise CommandError(f"The sandbox cannot start on {where}: {error}") from error
        # Both ways to stop end the loop below at once, whatever it waits for.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            self.stdout.write(f"Sandbox gateway: {server.base_url} (any key beginning sandbox-)")
            self.stdout.flush()
            server.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            server.server_close()


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 10**9:
        raise ArgumentTypeError(f"{text!r} is not a number of seconds")
    return value
