"""Finds and ends everything that grew out of one child.

A child leads a session of its own, so its pid is the session's id. Descendants are found twice
over: by session, which still finds orphans whose parent was killed, and by parentage, which also
finds those that opened a session of their own.
"""

import os
import time
from contextlib import suppress

import psutil


def members(leader: int) -> list[psutil.Process]:
    """The living processes that belong to the child `leader`; zombies do not count."""
    processes = {process.pid: process for process in psutil.process_iter(["ppid", "status"])}
    found = {pid for pid in processes if pid == leader or _session(pid) == leader}
    while grown := {p.pid for p in processes.values() if p.info["ppid"] in found} - found:
        found |= grown
    return [processes[pid] for pid in found if processes[pid].info["status"] != "zombie"]


def kill(leader: int, *, patience: float = 5.0) -> None:
    """Kills all of them, and again what was forked meanwhile, until none is left."""
    end = time.monotonic() + patience
    while (left := members(leader)) and time.monotonic() < end:
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        # Not wait_procs(): it would reap our own child before its exit code is read.
        time.sleep(0.02)


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None
