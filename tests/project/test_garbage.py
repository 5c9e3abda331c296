"""When garbage is looked for: hardly while a command loads, and in processes that stay as written."""

import subprocess
import sys

from generation.garbage import CREATED
from generation.supervisor.reaper import ROOT

STAYS = """
import gc
from generation.garbage import end_of_loading
end_of_loading()
print(gc.get_threshold()[0], gc.get_freeze_count() > 1000)
"""
LOADS = "import gc; print(gc.isenabled(), gc.get_threshold()[0], gc.get_freeze_count())"


def said_by(*arguments):
    command = (sys.executable, *arguments)
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_what_stays_looks_for_what_was_made_since_it_was_loaded():
    assert said_by("-c", STAYS).split() == [str(CREATED), "True"]


def test_a_command_looks_for_it_when_it_makes_very_much():
    loaded = said_by("manage.py", "shell", "--no-imports", "-c", LOADS)
    assert loaded.split() == ["True", "100000", "0"]
