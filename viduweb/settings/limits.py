"""Limits, and what is told of how it goes."""

from generation.logs import FORMATS, LEVELS, logging_settings
from viduweb.secrecy import token

from .basics import values

LOG_LEVEL: str = values.choice("LOG_LEVEL", "INFO", LEVELS)
LOG_FORMAT: str = values.choice("LOG_FORMAT", "text", FORMATS)
LOGGING = logging_settings(LOG_LEVEL, LOG_FORMAT)


def _limit(name: str, default: int) -> int:
    """A number from 0 up; 0 is no limit."""
    return values.number(name, default, least=0, most=1_000_000)


# Tasks at the gateway at once. No limit of our own unless set: the provider takes what is more
# than five and queues it itself (docs/gateway.md), and off-peak tasks stay there for up to two days.
MAX_IN_FLIGHT_PER_KEY: int = _limit("MAX_IN_FLIGHT_PER_KEY", 0)
MAX_IN_FLIGHT_PER_MEMBER: int = _limit("MAX_IN_FLIGHT_PER_MEMBER", 0)
# Each makes up to four paid tasks: a script gone wild, or a stuck key, is stopped here.
MAX_SUBMITS_PER_MINUTE: int = _limit("MAX_SUBMITS_PER_MINUTE", 60)
# A poll costs about a thousandth of a core, here and probably there.
MAX_POLLS_PER_SECOND: int = _limit("MAX_POLLS_PER_SECOND", 450)
MAX_POLLS_PER_SECOND_PER_KEY: int = _limit("MAX_POLLS_PER_SECOND_PER_KEY", 450)

# What each member may have uploaded that no task and no subject uses.
UNUSED_UPLOADS_MB: int = _limit("UNUSED_UPLOADS_MB", 1024)

# What the results and uploads of each member may take before they submit no more.
STORAGE_MB_PER_MEMBER: int = _limit("STORAGE_MB_PER_MEMBER", 0)

# Whoever knows it may read /metrics; without it there is no such page.
METRICS_TOKEN: str = values.read("METRICS_TOKEN", token)
