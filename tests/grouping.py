"""Side by side, but the tests of one stack in one process, and in their order.

For `-p tests.grouping` with xdist. A group is a file, or a folder, and those parameters, first in the brackets,
by which each of its fixtures is made anew. What takes longest begins first.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from generation.garbage import beginning_of_loading
from tests.processes import prepared

# It ends in tests/conftest.py, when ten thousand tests are loaded.
beginning_of_loading()

WIDE = re.compile(r"[^[]*\[((?:sqlite|postgres)(?:-process|-cluster)?)\b")

SEPARATE = (
    "tests/processes/test_schema.py",
    "tests/upgrades/test_upgrade.py",
)
"""Files whose tests share nothing that is dear: each is a group."""

TOGETHER = ("tests/history/",)
"""Folders whose files share what is dear: each is one group."""

LONGEST = (
    "tests/faults/test_crashes.py",
    "tests/faults/test_two_machines.py",
    "tests/faults/test_disturbances.py",
    "tests/faults/test_full_disk.py",
    "tests/faults/test_restarts.py",
    "tests/faults/test_network.py",
    "tests/faults/test_clock.py",
    "tests/browser/test_journey.py",
    "tests/browser/test_reach.py",
    "tests/browser/test_presets.py",
    "tests/browser/test_polling.py",
    "tests/processes/test_workers.py",
    "tests/load/test_load.py",
    "tests/supervisor/test_supervise.py",
    "tests/denial/test_server.py",
    "tests/browser/test_markup.py",
    "tests/browser/test_composer.py",
    "tests/browser/test_giving.py",
    "tests/browser/test_money.py",
    "tests/backup/test_roundtrip.py",
    "tests/processes/test_schema.py",
    "tests/upgrades/test_upgrade.py",
    "tests/browser/test_price.py",
    "tests/history/test_pages.py",
    "tests/history/test_usage_plans.py",
    "tests/lifecycle/test_charge.py",
    "tests/money/test_reports.py",
    "tests/forms/test_gateway_agrees.py",
    "tests/views/test_permissions.py",
    "tests/media/test_large_images.py",
    "tests/views/test_walker.py",
    "tests/money/test_usage.py",
    "tests/storage/test_ready.py",
    "tests/people/test_login_limits.py",
    "tests/gallery/test_plans.py",
    "tests/fake/test_fake_history.py",
    "tests/project/test_settings.py",
    "tests/gateway/test_fuzz.py",
    "tests/denial/test_bodies.py",
)
"""The longest first; those that are not named are short and follow by their number. Of Chromium's,
which share what a process has made, those before others' plantings that look at whole lists. Of
whole stacks, those with a test that is alone: all else waits until what runs then has ended, which
is little as they begin.
"""


class ByStack(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file in SEPARATE:
            return nodeid
        for folder in TOGETHER:
            if file.startswith(folder):
                return folder
        wide = WIDE.match(nodeid)
        return f"{file} {wide[1] if wide else ''}".strip()


def pytest_ignore_collect(collection_path, config):
    """Files without the one marker that is asked for are not read: ten thousand tests take a while,
    in each process of a run."""
    marker = config.option.markexpr
    if marker.isidentifier() and collection_path.match("test_*.py"):
        return f"mark.{marker}" not in collection_path.read_text() or None
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False
    return ByStack(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    sizes: dict[str, int] = {}
    for item in items:
        group = ByStack._split_scope(None, item.nodeid)
        sizes[group] = sizes.get(group, 0) + 1

    def place(item) -> tuple[int, int]:
        file = item.nodeid.partition("::")[0]
        if file in LONGEST:
            return LONGEST.index(file), 0
        return len(LONGEST), -sizes[ByStack._split_scope(None, item.nodeid)]

    items.sort(key=place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    with ROOM.shared():
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item):
    if not item.get_closest_marker("alone"):
        return (yield)
    with ROOM.alone():
        return (yield)


class Room:
    """Where tests run, of all processes of a run; who wants it alone is let in next."""

    def __init__(self) -> None:
        self._open: dict[str, int] = {}

    @contextmanager
    def shared(self) -> Iterator[None]:
        self._enter()
        try:
            yield
        finally:
            self._leave("room")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Waits for the tests that run elsewhere, and keeps others from beginning."""
        self._leave("room")
        self._take("gate", fcntl.LOCK_EX)
        self._take("room", fcntl.LOCK_EX)
        try:
            yield
        finally:
            self._leave("room")
            self._leave("gate")
            self._enter()

    def _enter(self) -> None:
        self._take("gate", fcntl.LOCK_SH)
        self._take("room", fcntl.LOCK_SH)
        self._leave("gate")

    def _take(self, name: str, how: int) -> None:
        if name not in self._open:
            path = Path(os.environ[prepared.FOLDER]) / name
            self._open[name] = os.open(path, os.O_RDWR | os.O_CREAT)
        fcntl.flock(self._open[name], how)

    def _leave(self, name: str) -> None:
        fcntl.flock(self._open[name], fcntl.LOCK_UN)


ROOM = Room()
