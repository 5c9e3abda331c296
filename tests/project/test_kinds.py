"""Whatever a test is marked with, `.ci/run` runs it: a kind that no command asks for is never red."""

import os
import re
import shlex
import subprocess
from itertools import combinations

import pytest
from _pytest.mark.expression import Expression

from tests.processes.prepared import ROOT

ASKED_HOW = ("alone",)
"""Marks of how a test is run, not of whether."""

STAGE = re.compile(r'^ +stage "make ([a-z-]+)" .*\bmake \1\b', re.MULTILINE)


def commands(target):
    """The calls of pytest that `make` of this target is made of, as words."""
    given = ("MAKE", "COVERAGE", "PYTEST_ARGS")
    env = {name: text for name, text in os.environ.items() if not name.startswith(given)}
    said = subprocess.run(
        ("make", "-n", target), cwd=ROOT, env=env, capture_output=True, text=True, check=True
    ).stdout
    return [shlex.split(words) for words in re.findall(r"^echo 'pytest (.*)'$", said, re.MULTILINE)]


def stages():
    return STAGE.findall((ROOT / ".ci/run").read_text())


@pytest.fixture(scope="module")
def whole():
    """What tests are asked for, of all calls that leave none out for another reason."""
    found = [words for target in stages() for words in commands(target)]
    asked = [words[len(words) - words[::-1].index("-m") :] for words in found]
    return [Expression.compile(words[0]) for words in asked if words[1:] == []]


def test_every_mark_is_asked_for_by_a_stage(whole, request):
    given = (line.partition(":")[0] for line in request.config.getini("markers"))
    file = (ROOT / "pyproject.toml").read_text()
    ours = [name for name in given if f'    "{name}: ' in file and name not in ASKED_HOW]
    assert {"journey", "browser", "processes", "faults"} <= set(ours)
    for count in (0, 1, 2):
        for marks in combinations(ours, count):
            asking = [one for one in whole if one.evaluate(lambda name, **_: name in marks)]  # noqa: B023
            assert len(asking) == max(count, 1), marks


def test_every_command_of_tests_is_a_stage():
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^(test[a-z-]*):(?! export)", makefile, re.MULTILINE)
    assert sorted(stages()) == sorted([*targets, *("lint", "audit")])
    assert all(commands(target) for target in targets)


def test_what_the_readme_says_to_run_is_run():
    said = set(re.findall(r"^make (test[a-z-]*)", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert {"test", "test-browser"} <= said <= set(stages())
