"""kill -9 at every step of submit, send, follow and archive; then someone else goes on."""

import json

import pytest

from tests.faults.cases import CASES
from tests.faults.conftest import SETTINGS
from tests.faults.hostile import hostile_gateway
from tests.faults.machine import KILLED, RECOVER, machine, steps
from tests.faults.watching import LOOK, Seen, broken, look, order

pytestmark = pytest.mark.faults

# Where it dies -> what its job was, and what becomes of the task in the end.
POINTS = {
    "send-claimed": ("submit", "completed"),
    "send-marked": ("submit", "uncertain"),
    "send-answered": ("submit", "uncertain"),
    "send-accepted": ("submit", "completed"),
    "follow-claimed": ("follow", "completed"),
    "follow-answered": ("follow", "completed"),
    "follow-applied": ("follow", "completed"),
    "follow-before-bell": ("follow", "completed"),
    "follow-before-baton": ("follow", "completed"),
    "archive-claimed": ("archive", "completed"),
    "archive-fetched": ("archive", "completed"),
    "archive-stored": ("archive", "completed"),
    "archive-committed": ("archive", "completed"),
}
BEFORE = {"submit": (), "follow": ("submit",), "archive": ("submit", "follow")}
CASE = {"follow-before-baton": "crash-running"}


@pytest.fixture(scope="module")
def hostile():
    with hostile_gateway(CASES) as hostile:
        yield hostile


@pytest.fixture(scope="module")
def host(tmp_path_factory, hostile):
    folder = tmp_path_factory.mktemp("crashes")
    with machine(folder, GATEWAY_URL=hostile.url, DJANGO_SETTINGS_MODULE=SETTINGS) as host:
        yield host


def look_again(host):
    """What the database says once everything that was due has been done."""
    code, output = host.run(steps(*RECOVER, *RECOVER) + LOOK)
    assert code == 0
    return sorted((Seen(**facts) for facts in json.loads(output)), key=lambda task: task.born)


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_there_loses_nothing_and_doubles_nothing(host, hostile, point):
    job, end = POINTS[point]
    case = CASE.get(point, "crash")
    made = len(hostile.made())
    host.run(order(**{case: 1}) + steps(*BEFORE[job]))
    assert host.run(steps(job), CRASH_POINT=point)[0] == KILLED
    task = look_again(host)[-1]
    assert task.state == end, task.story
    assert task.words.count("completed") == (end == "completed")
    assert len(hostile.made()) - made == (point != "send-marked"), task.story
    assert [output["stored"] for output in task.outputs] == [True] * (end == "completed")


@pytest.mark.parametrize(
    ("point", "stored"), [("submit-before-commit", 0), ("submit-before-bell", 1)]
)
def test_the_web_process_killed_there_keeps_all_or_nothing(host, hostile, point, stored):
    made, tasks = len(hostile.made()), len(look(host))
    assert host.run(order(crash=1), CRASH_POINT=point)[0] == KILLED
    assert len(look_again(host)) - tasks == stored
    assert len(hostile.made()) - made == stored


def test_nothing_is_left_half_done(host):
    assert {task.state for task in look(host)} == {"completed", "uncertain"}
    assert broken(host) == ""
