"""The application with a test's patience.

An app of its own shortens the constants when a process starts: so the product needs no setting
that only tests would use, and what is not named here runs with its real times.
"""

from functools import partial

from django.apps import AppConfig

SHORT = {
    # A request or a download that hangs.
    "archive.DEADLINE": 12.0,
    "archive.MAX_BYTES": 700 * 1024**2,
    # The pauses between two tries, and how long a dead worker's claim counts.
    "archive.FIRST_PAUSE": 0.4,
    "archive.LONGEST_PAUSE": 3.0,
    "archive.GONE_ALLOWED": 5,
}


class Impatient(AppConfig):
    name = "tests.faults"
    label = "impatient"

    def ready(self) -> None:
        from generation.gateway.client import GatewayClient
        from generation.lifecycle import archive, clients
        from tests.faults.clock import follow

        follow()
        modules = {"archive": archive}
        for path, value in SHORT.items():
            module, name = path.split(".")
            # A constant that was renamed would otherwise keep its long time without a word.
            assert hasattr(modules[module], name), path
            setattr(modules[module], name, value)
        clients.GatewayClient = partial(GatewayClient, connect=1, read=2, write=2, deadline=4)
