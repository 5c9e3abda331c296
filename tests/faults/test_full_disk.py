"""The disk of the results is full, and later it is not."""

import pytest

from tests.faults.conftest import SETTINGS
from tests.faults.disk import small_disk
from tests.faults.watching import broken, look, made_once, settle, submit
from tests.processes.stack import eventually, start_stack

pytestmark = pytest.mark.faults

ROOM = 100 * 1024
"""Enough for the pictures of a large film and a part of it: what is written is cut short."""


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    with small_disk(tmp_path_factory.mktemp("disk") / "mount") as disk:
        yield disk


@pytest.fixture(scope="module")
def stack(tmp_path_factory, hostile, disk):
    folder = tmp_path_factory.mktemp("full")
    (folder / "var").mkdir()
    (folder / "var" / "media").symlink_to(disk.folder)
    with start_stack(folder, GATEWAY_URL=hostile.url, DJANGO_SETTINGS_MODULE=SETTINGS) as stack:
        yield stack


def test_results_wait_visibly_until_there_is_space(stack, hostile, disk):
    disk.fill(leave=ROOM)
    submit(stack, large=2)
    at_risk = "SELECT COUNT(*) FROM generation_task WHERE state='archiving' AND reason='at-risk'"
    assert eventually(lambda: stack.rows(at_risk) == [(2,)], 40), stack.output[-3000:]
    assert eventually(lambda: stack.status("/readyz") == 503, 10)
    for task in look(stack):
        assert "cannot be stored: No space left" in task.texts[-1], task.story
        assert "No space left" in task.outputs[0]["error"]
        assert not task.finished
    assert stack.status("/login/") == 200
    disk.make_space()
    assert eventually(lambda: stack.status("/readyz") == 200, 10)
    settle(stack, 30)
    made_once(hostile, look(stack))


def test_nothing_cut_short_is_left(stack, disk):
    assert "as promised, with their files" in stack.manage("doctor", "--files")
    assert broken(stack) == ""
    assert list(disk.folder.glob("probe/*")) == []
