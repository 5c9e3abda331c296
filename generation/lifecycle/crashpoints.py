"""Places where a test lets the process die, to prove that nothing is lost or doubled there.

`CRASH_POINT` names one of them; with `CRASH_ONCE`, a path, only the first process to get there
dies. Without `CRASH_POINT`, which is always the case outside tests, nothing happens.
"""

import os
import signal
from pathlib import Path

_point = os.environ.get("CRASH_POINT", "")
_once = os.environ.get("CRASH_ONCE", "")


def crash(point: str) -> None:
    """Dies as by `kill -9` if this is the chosen point."""
    if _point and point == _point and _first_time():
        os.kill(os.getpid(), signal.SIGKILL)


def _first_time() -> bool:
    if not _once:
        return True
    try:
        Path(_once).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
