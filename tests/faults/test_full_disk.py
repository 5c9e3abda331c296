"""A disk is full, and later it is not: that of the results and uploads, that of the database,
and the rest of DATA_DIR. Each is a disk of its own.
"""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import picture
from tests.faults.conftest import SETTINGS, Services, own_servers
from tests.faults.disk import small_disk
from tests.faults.member import Browser
from tests.faults.watching import broken, look, made_once, settle, submit
from tests.processes.stack import start_stack
from tests.support.eventually import eventually

pytestmark = pytest.mark.faults

ROOM = 100 * 1024
"""Enough for the pictures of a large film and a part of it: what is written is cut short."""
FULL_FOR = 12.0

AT_RISK = "SELECT COUNT(*) FROM generation_task WHERE state='archiving' AND reason='at-risk'"


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def disks(engine):
    """Small disks by name; they are there before any server and go after it."""
    sizes = {"media": 4, "data": 64, "database": 160}
    with tempfile.TemporaryDirectory(prefix="viduweb-disks-") as folder, ExitStack() as mounted:
        Path(folder).chmod(0o755)
        yield {
            name: mounted.enter_context(small_disk(Path(folder) / name, size))
            for name, size in sizes.items()
        }


@pytest.fixture(scope="module")
def services(tmp_path_factory, engine, disks):
    if engine == "sqlite":
        yield Services()
        return
    place = disks["database"].folder
    with own_servers(tmp_path_factory.mktemp("redis"), place) as services:
        yield services


@pytest.fixture(scope="module")
def stack(tmp_path_factory, hostile, services, disks):
    folder = tmp_path_factory.mktemp("full")
    var = folder / "var"
    var.symlink_to(disks["data"].folder)
    (var / "media").symlink_to(disks["media"].folder)
    (var / "viduweb.sqlite3").symlink_to(disks["database"].folder / "viduweb.sqlite3")
    # What a service manager would keep.
    (var / "supervise.log").symlink_to(folder / "supervise.log")
    with start_stack(
        folder, GATEWAY_URL=hostile.url, DJANGO_SETTINGS_MODULE=SETTINGS, **services.env
    ) as stack:
        yield stack


@pytest.fixture
def full(disks):
    """Fills a disk; whatever happens, there is space again afterwards."""
    filled = []

    def fill(name, leave=0):
        disks[name].fill(leave)
        filled.append(disks[name])

    yield fill
    for disk in filled:
        if (disk.folder / "ballast").exists():
            disk.make_space()


def all_saved(stack, hostile):
    settle(stack, 90)
    made_once(hostile, look(stack))


def test_results_wait_visibly_until_there_is_space(stack, hostile, disks, full):
    full("media", ROOM)
    submit(stack, large=2)
    assert eventually(lambda: stack.rows(AT_RISK) == [(2,)], 60), stack.output[-3000:]
    assert eventually(lambda: stack.status("/readyz") == 503, 10)
    for task in look(stack):
        assert "cannot be stored: No space left" in task.texts[-1], task.story
        assert "No space left" in task.outputs[0]["error"]
        assert not task.finished
    assert stack.status("/login/") == 200
    disks["media"].make_space()
    assert eventually(lambda: stack.status("/readyz") == 200, 10)
    all_saved(stack, hostile)


def test_an_upload_that_has_no_place_is_refused_with_a_sentence(stack, disks, full):
    browser = Browser(stack)
    portrait = picture(1600, 1200, format="PNG")
    kept = "SELECT COUNT(*) FROM generation_image"
    full("media")
    status, page = browser.upload(portrait)
    assert status == 422
    assert "disk is full" in page
    assert stack.rows(kept) == [(0,)]
    assert list(disks["media"].folder.glob("images/**/*.*")) == []
    disks["media"].make_space()
    status, page = browser.upload(portrait)
    assert status == 200, page[-2000:]
    assert stack.rows(kept) == [(1,)]


def test_downloads_wait_while_data_dir_is_full(stack, hostile, disks, full):
    processing = "SELECT COUNT(*) FROM generation_task WHERE state = 'processing'"
    submit(stack, **{"kept-processing": 2})
    assert eventually(lambda: stack.rows(processing) == [(2,)], 60), stack.output[-3000:]
    full("data")
    hostile.released.set()
    assert eventually(lambda: stack.rows(AT_RISK) == [(2,)], 60), stack.output[-3000:]
    assert "disk full" in look(stack)[-1].texts[-1]
    assert stack.status("/login/") == 200
    disks["data"].make_space()
    all_saved(stack, hostile)


def test_tasks_go_on_once_the_database_can_write_again(stack, hostile, disks, services, full):
    browser = Browser(stack)
    hostile.released.clear()
    submit(stack, **{"kept-processing": 3})
    processing = "SELECT COUNT(*) FROM generation_task WHERE state = 'processing'"
    assert eventually(lambda: stack.rows(processing) == [(3,)], 60), stack.output[-3000:]
    full("database")
    # It takes what it can, then refuses; nobody is told that something was stored.
    said = {browser.generate() for _ in range(40)}
    assert said - {200, 303}, said
    hostile.released.set()
    eventually(lambda: False, FULL_FOR)
    disks["database"].make_space()
    if services.postgres:
        services.postgres.start_if_it_gave_up()
    assert eventually(lambda: stack.status("/login/") == 200, 30)
    assert eventually(lambda: browser.generate() in (200, 303), 60, every=1)
    all_saved(stack, hostile)


def test_nothing_cut_short_is_left(stack, disks):
    # It finds these disks small, and says so by its exit code.
    assert "as promised, with their files" in stack.manage("doctor", "--files", code=1)
    assert broken(stack) == ""
    assert list(disks["media"].folder.glob("probe/*")) == []
