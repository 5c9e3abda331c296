"""What a time of day in the database is worth, since any clock may be set, by hours too.

What has to outlive a process, or is for several machines, is planned as a time of day. Two rules
keep a clock that was set from stopping the work or from judging anybody:

- Nothing lies further ahead than it could have been planned (`farthest`, `newest`). What does was
  written before the clock was set back, and counts no more.
- Nobody comes so late that something is missed. If it is, nobody was there, or the clock was set
  forward (`missed`, RECONCILED_WITHIN): that time does not count against anyone.

What one process measures by itself, it measures with `time.monotonic`, which nobody sets.
"""

from datetime import datetime, timedelta

SKEW = timedelta(minutes=1)
"""How far the clocks of two machines may lie apart."""

POLLED_WITHIN = timedelta(minutes=1)
"""How late a poll is at most while workers and gateway are there."""

RECONCILED_WITHIN = timedelta(minutes=5)
"""How long a claim that has run out may lie about before `reconcile` finds it; it comes once a
minute."""

FOREIGN = timedelta(hours=1)
"""How far back a time that the gateway tells us is believed."""


def newest(now: datetime) -> datetime:
    """Up to when something may have happened, by whichever machine's clock."""
    return now + SKEW


def farthest(now: datetime, longest: timedelta) -> datetime:
    """Up to when something may be planned that is never planned more than `longest` ahead."""
    return now + longest + min(longest, SKEW)


def lasts(until: datetime, now: datetime, longest: timedelta) -> bool:
    """Whether a lease or claim goes on that is taken for `longest` at most."""
    return now < until <= farthest(now, longest)


def missed(planned: datetime, now: datetime) -> timedelta:
    """For how long nobody did what was planned; zero for as late as anyone may be."""
    late = now - planned
    return late if late > POLLED_WITHIN else timedelta(0)


def believed(told: datetime | None, now: datetime) -> datetime:
    """The time that another's clock told; now if that cannot be right."""
    return told if told and now - FOREIGN < told <= now else now
