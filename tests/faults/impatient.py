"""The application with a test's patience.

An app of its own shortens the constants when a process starts: so the product needs no setting
that only tests would use, and what is not named here runs with its real times.
"""

import json
import os
from datetime import timedelta
from functools import partial
from importlib import import_module

from django.apps import AppConfig

SHORT: dict[str, float] = {
    # A request or a download that hangs.
    "archive.DEADLINE": 25.0,
    "archive.MAX_BYTES": 300 * 1024**2,
    # The pauses between two tries.
    "archive_results.FIRST_PAUSE": 0.4,
    "archive_results.LONGEST_PAUSE": 3.0,
    "archive_results.GONE_ALLOWED": 5,
}
MORE = "IMPATIENT"

# How long a dead worker's claim counts; those who live renew theirs every five seconds.
SHORT_CLAIMS = {
    "dispatch.CLAIM": 15,
    "dispatch.SENDING": 15,
    "reconcile.SENDING": 15,
    "output_claims.CLAIM": 15,
}


def in_a_hurry(constants: dict[str, float]) -> dict[str, str]:
    """The environment of a stack in which these are shortened too; in seconds."""
    return {MORE: json.dumps(constants)}


class Impatient(AppConfig):
    name = "tests.faults"
    label = "impatient"

    def ready(self) -> None:
        from generation.gateway.client import GatewayClient
        from generation.workers import gateway_clients
        from tests.faults import clock, network

        clock.follow()
        network.follow()
        for path, value in (SHORT | json.loads(os.environ.get(MORE, "{}"))).items():
            module_name, name = path.split(".")
            module = import_module(f"generation.lifecycle.{module_name}")
            # A constant that was renamed would otherwise keep its long time without a word.
            before = getattr(module, name)
            is_span = isinstance(before, timedelta)
            setattr(module, name, timedelta(seconds=value) if is_span else value)
        gateway_clients.GatewayClient = partial(
            GatewayClient, connect=1, read=4, write=4, deadline=7
        )
