"""kill -9 at every step of post, send, follow and archive, in a running stack, which then goes
on by itself: once of the one process that gets there, once of its whole cluster with it.
"""

import re
from collections import Counter
from contextlib import suppress
from uuid import UUID, uuid4

import pytest

from generation.supervisor.reaper import ROOT
from tests.faults.cases import POINTS_OF_WORKERS, UNCERTAIN_WHEN_KILLED
from tests.faults.conftest import SETTINGS
from tests.faults.impatient import SHORT_CLAIMS, in_a_hurry
from tests.faults.member import FIRST_KEY, Browser
from tests.faults.watching import broken, look, settle, submit
from tests.processes.stack import start_stack
from tests.support.eventually import eventually

pytestmark = pytest.mark.faults

# The last of them goes back into the queue: nothing may die while it waits there.
SENDS = (
    "dispatch-marked",
    "dispatch-noted",
    "dispatch-answered",
    "dispatch-accepted",
    "dispatch-claimed",
)
NOTHING_SENT = ("dispatch-marked", "dispatch-noted")
OTHERS = tuple(point for point in POINTS_OF_WORKERS if point not in SENDS)
POSTS = {"enqueue-before-commit": 0, "enqueue-before-wakeup": 1}
"""Where the web server dies, and how many tasks are stored then."""
KEPT = "kept-processing"
NEXT_KEYS = ("key-of-maya-1111", "key-of-maya-2222")
ROTATIONS = {"rotation-before-commit": 0, "rotation-committed": 1}
"""Where the web server dies as a key gets another secret, and how many old ones are kept then."""

REACHED_WITHIN = 80
TRIES = 4
RECOVERED_WITHIN = 180
"""Seconds: a dead machine's claims run out, and `reconcile` runs once a minute."""


class Points:
    """A folder of armed points."""

    def __init__(self, folder, victim):
        self.folder = folder
        self._victim = victim

    def arm(self, *points):
        for point in points:
            (self.folder / point).write_text(self._victim)

    def armed(self):
        return {path.name for path in self.folder.iterdir()}

    def disarm(self):
        """Those that were armed; nobody dies there any more."""
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):
                path.unlink()
                yield path.name


def all_sent(stack):
    return not stack.rows("SELECT 1 FROM generation_task WHERE state IN ('queued', 'submitting')")


@pytest.fixture(scope="module", params=["process", "cluster"])
def victim(request):
    return request.param


@pytest.fixture(scope="module")
def services(services, victim):
    """Asked for by the gateway too, of which each victim has its own."""
    return services


@pytest.fixture(scope="module")
def points(tmp_path_factory, victim):
    return Points(tmp_path_factory.mktemp("points"), victim)


@pytest.fixture(scope="module")
def stack(tmp_path_factory, hostile, services, points):
    with start_stack(
        tmp_path_factory.mktemp("crashes"),
        GATEWAY_URL=hostile.url,
        DJANGO_SETTINGS_MODULE=SETTINGS,
        CRASH_POINTS=str(points.folder),
        **in_a_hurry(SHORT_CLAIMS),
        **services.env,
    ) as stack:
        yield stack


@pytest.fixture(scope="module")
def posts(stack, points):
    """Whether the browser got an answer, tasks then, and tasks after its next try, by point."""
    browser, found = Browser(stack), {}
    count = "SELECT COUNT(*) FROM generation_task"
    for point in POSTS:
        before, token = stack.rows(count)[0][0], str(uuid4())
        points.arm(point)
        answer = browser.generate(token)
        stored = stack.rows(count)[0][0] - before
        assert eventually(lambda token=token: browser.generate(token) in (200, 303), 40, every=0.5)
        found[point] = answer, stored, stack.rows(count)[0][0] - before
    return found


@pytest.fixture(scope="module")
def rotations(stack, hostile, points, posts):
    """What the browser was answered, and what is kept of the key then, by point; one task is under way."""
    browser, found = Browser(stack), {}
    assert browser.generate(case=KEPT) in (200, 303)
    assert eventually(lambda: hostile.count("poll", KEPT), 40, every=0.5)
    key = stack.rows("SELECT id FROM generation_apikey WHERE label = 'calm'")[0][0]
    asked = "SELECT COUNT(*) FROM generation_auditevent WHERE what = 'key.rotated'"
    for point, secret in zip(ROTATIONS, NEXT_KEYS, strict=True):
        points.arm(point)
        answer = browser.ask("POST", f"/keys/{UUID(str(key))}/secret/", secret=secret)
        last_four = stack.rows("SELECT last_four FROM generation_apikey WHERE label = 'calm'")
        kept = stack.rows("SELECT COUNT(*) FROM generation_retiredsecret")
        found[point] = answer, last_four[0][0], kept[0][0], stack.rows(asked)[0][0]
        assert eventually(lambda: browser.ask("GET", "/keys/") == 200, 40, every=0.5)
    assert browser.generate() in (200, 303)
    asked_before = hostile.count("poll", KEPT)
    assert eventually(lambda: hostile.count("poll", KEPT) > asked_before, 40, every=0.5)
    hostile.released.set()
    return found


@pytest.fixture(scope="module")
def seen(stack, points, posts, rotations):
    """What became of the task of each point, and the points that were never reached."""
    settle(stack, 60)
    for point in SENDS:
        points.arm(point)
        submit(stack, **{f"crash-{point}": 1})
        assert eventually(lambda: not points.armed(), 60), (point, stack.output[-3000:])
    missing, order = OTHERS, {f"crash-{point}": 1 for point in OTHERS}
    for _ in range(TRIES):
        submit(stack, **order)
        # Who dies takes along what is being sent, which is then uncertain for no reason of its own.
        assert eventually(lambda: all_sent(stack), 120), stack.output[-3000:]
        points.arm(*missing)
        if eventually(lambda: not points.armed(), REACHED_WITHIN, every=0.5):
            break
        # A point stays armed where its process died of another one's; by now all may have gone by.
        missing, order = tuple(points.disarm()), {"long": 1}
    assert not points.armed(), (points.armed(), stack.output[-5000:])
    settle(stack, RECOVERED_WITHIN)
    return {task.case: task for task in look(stack)}


def test_every_point_of_the_code_is_among_them():
    calls = re.compile(r'\bfailpoint[(,] *"([a-z-]+)"')
    code = "".join(path.read_text() for path in (ROOT / "generation").rglob("*.py"))
    assert Counter(calls.findall(code)) == Counter((*POINTS_OF_WORKERS, *POSTS, *ROTATIONS))


@pytest.mark.parametrize("point", POINTS_OF_WORKERS)
def test_what_dies_there_loses_nothing_and_doubles_nothing(seen, hostile, point):
    name = f"crash-{point}"
    task, uncertain = seen[name], name in UNCERTAIN_WHEN_KILLED
    assert task.state == ("uncertain" if uncertain else "completed"), task.story
    assert task.words.count("completed") == (not uncertain)
    # Where nothing had left, nothing was made; everywhere else the gateway was asked once.
    assert hostile.count("create", name) == (point not in NOTHING_SENT), task.story
    assert [output["stored"] for output in task.outputs] == [True] * (not uncertain)


@pytest.mark.parametrize("point", POSTS)
def test_the_web_server_killed_there_keeps_all_or_nothing(posts, seen, hostile, point):
    answer, stored, in_the_end = posts[point]
    assert answer == 0
    assert stored == POSTS[point]
    assert in_the_end == 1
    assert len(hostile.made("calm")) == len(POSTS) + 1  # the last one with another secret


def test_a_key_has_its_old_or_its_new_secret_and_tasks_keep_theirs(rotations, seen, stack, hostile):
    assert rotations == {
        "rotation-before-commit": (0, FIRST_KEY[-4:], 0, 0),
        "rotation-committed": (0, NEXT_KEYS[1][-4:], 1, 1),
    }
    under_way = (*hostile.entries("create", KEPT), *hostile.entries("poll", KEPT))
    assert {entry.key for entry in under_way} == {f"Bearer {FIRST_KEY}"}
    made = [entry.key for entry in hostile.entries("create", "calm")]
    assert made == [f"Bearer {FIRST_KEY}"] * len(POSTS) + [f"Bearer {NEXT_KEYS[1]}"]
    left = "SELECT COUNT(*) FROM generation_retiredsecret"
    assert eventually(lambda: stack.rows(left) == [(0,)], 80, every=1)


def test_a_task_that_nothing_was_sent_of_is_sent_again(seen):
    assert "released" in seen["crash-dispatch-claimed"].words


def test_nothing_is_left_half_done(stack, seen):
    assert broken(stack) == ""
    assert "as promised, with their files" in stack.manage("doctor", "--files")
