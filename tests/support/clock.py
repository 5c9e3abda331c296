"""A clock for code that is given one; what asks Django for the time is moved by time_machine."""


class Clock:
    """Stands still until it is moved; to be called, or in the place of the module `time`."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    monotonic = __call__
