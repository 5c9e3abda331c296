"""Small programs to supervise, and ways to watch them."""

import sys
from contextlib import suppress

import psutil

from generation.supervisor.services import Service

# -I -S: an interpreter that starts in a hundredth of a second.
PYTHON = (sys.executable, "-I", "-S", "-u", "-c")

SLEEPS = "import time; print('up'); time.sleep(60)"
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('up')
time.sleep(60)
"""
# Prints its child's pid; the child is in the same session and ignores SIGTERM.
PARENT = """
import os, signal, time
child = os.fork()
if child == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)
else:
    print(child)
    time.sleep(60)
"""
ENDS_LEAVING_A_CHILD = PARENT.replace("print(child)\n    time.sleep(60)", "print(child)")


class Pages:
    """A stream that keeps what is written to it."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass

    def said_by(self, name: str) -> list[str]:
        lines = (line.split(" | ", 1) for line in self.text.splitlines())
        return [rest[0] for who, *rest in lines if who.strip() == name and rest]


def service(code: str, name: str = "one", **options) -> Service:
    return Service(name, (*PYTHON, code), **options)


def lives(pid: int) -> bool:
    """Whether a process does more than wait to be reaped."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False
