"""What a piece of work costs in memory, measured in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[2]

HARNESS = """
import resource, sys, threading
import django
{setup}
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = peak()
{work}
print(peak() - before)
"""


def peak_of(work: str, *, setup: str = "") -> int:
    """Bytes that `work` adds to the largest memory of a fresh process that has run `setup`."""
    code = HARNESS.format(setup=dedent(setup), work=dedent(work))
    done = subprocess.run(
        (sys.executable, "-c", code),
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "viduweb.settings", "MALLOC_ARENA_MAX": "2"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])
