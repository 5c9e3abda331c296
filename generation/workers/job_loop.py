"""The loop of the workers that dispatch and archive: takes what is due, several at once."""

import time
from collections.abc import Callable

from generation.workers.heartbeats import send_heartbeat
from generation.workers.job_pool import Job, JobPool

BUDGET = 8.0
"""Seconds a worker goes on taking jobs before it lets others have its place, or lets it stop."""

LONG_BUDGET, SLOW = 40.0, 4.0
"""The same while it has to wait for work that was started SLOW seconds ago. With what one piece of
work may take, 240 s (archive.py), it ends before the queue's own timeout of 300."""

LOOK_AGAIN = 0.5
"""Seconds after which a worker that waits for slow work looks for new jobs."""


def run_jobs(
    next_job: Callable[[JobPool], Job | None],
    wake_if_due: Callable[[], None],
    *,
    at_once: int,
) -> None:
    """Runs what `next_job` takes, up to `at_once` side by side, until nothing is due or time is over.

    `next_job` gets those under way. `wake_if_due` wakes one more worker if there is something left:
    it is asked when this one has its hands full for the first time, and at the end.
    """
    began, jobs, alone = time.monotonic(), JobPool(), True
    try:
        while _goes_on(jobs, time.monotonic() - began):
            send_heartbeat()
            while len(jobs) < at_once and (job := next_job(jobs)) is not None:
                jobs.start(job)
            if alone and len(jobs) == at_once:
                alone = False
                wake_if_due()
            if not jobs:
                break
            jobs.resume_ready(LOOK_AGAIN)
    finally:
        # Whatever happens to us, say to the database: what is under way is not thrown away.
        jobs.finish()
    wake_if_due()


def _goes_on(jobs: JobPool, seconds: float) -> bool:
    """A worker that waits for slow work goes on: its place is taken anyway."""
    return seconds < BUDGET or (jobs.slowest > SLOW and seconds < LONG_BUDGET)
