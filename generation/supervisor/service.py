"""What the supervisor is told about one program it keeps running."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

# Given how many seconds the service's current process is up, says why it has to be replaced, or
# None while it is well. Called several times a second: it must answer at once.
Probe = Callable[[float], str | None]


@dataclass(frozen=True)
class Service:
    """One program: `argv`, `env` on top of ours, and how to tell that it hangs.

    `stage` orders the stop: a service is asked to stop when those of all lower stages have ended,
    or when their share of the grace period is over.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    probe: Probe | None = None
    stage: int = 0
