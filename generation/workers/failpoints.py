"""Places where a test lets the process die, to prove that nothing is lost or doubled there.

`CRASH_POINTS` is a folder. A file in it that has the name of a point arms it: the first process
that gets there takes the file away and dies, and with "cluster" as the file's text everything
that was started together with that process. Without `CRASH_POINTS`, which is always the case
outside tests, nothing happens.
"""

import os
import signal
from pathlib import Path

_folder = os.environ.get("CRASH_POINTS", "")


def failpoint(point: str) -> None:
    """Dies as by `kill -9` if this point is armed."""
    if _folder and (victim := _take(Path(_folder) / point)) is not None:
        if victim == "cluster":
            os.killpg(0, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)


def _take(armed: Path) -> str | None:
    """What the file says, for the one process that could remove it."""
    try:
        victim = armed.read_text()
        armed.unlink()
    except FileNotFoundError:
        return None
    return victim
