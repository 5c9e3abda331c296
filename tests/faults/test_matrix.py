"""Every fault of the gateway and of its results, each a task, all side by side in one stack."""

import shutil
import threading
import time
from contextlib import suppress

import psutil
import pytest

from tests.faults.behaviours import HUGE
from tests.faults.cases import MATRIX, TWICE
from tests.faults.conftest import OTHER_NAME, SETTINGS, TLS_NAME
from tests.faults.network import PUBLIC, Network
from tests.faults.watching import broken, look, settle, submit
from tests.processes.stack import start_stack, title
from tests.support.eventually import eventually

pytestmark = pytest.mark.faults

SETTLED_WITHIN = 180
SLIM = 250 * 1024**2


class Scales:
    """The most memory that any process of a stack had."""

    def __init__(self, stack):
        self.most = 0
        self.heaviest = ""
        self._stack = stack
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._weigh)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *args):
        self._done.set()
        self._thread.join()

    def _weigh(self):
        while not self._done.wait(0.5):
            for process in self._stack.processes():
                with suppress(psutil.Error):
                    weight = process.memory_info().rss
                    if weight > self.most:
                        self.most, self.heaviest = weight, title(process)


@pytest.fixture(scope="module")
def network(tmp_path_factory, hostile, tls_certificate):
    """Some names of the open internet, one that leads into the house, and one that nobody has."""
    network = Network(tmp_path_factory.mktemp("network"), tls_certificate)
    outside = dict.fromkeys((TLS_NAME, OTHER_NAME, "wrong.test"), PUBLIC)
    network.plan(
        {**outside, "inside.test": "10.0.0.7", "nowhere.test": None},
        {(PUBLIC, 443): ("127.0.0.1", hostile.tls_port)},
    )
    return network


@pytest.fixture(scope="module")
def stack(tmp_path_factory, hostile, services, network):
    folder = tmp_path_factory.mktemp("matrix")
    env = {**services.env, **network.env}
    try:
        with start_stack(
            folder, GATEWAY_URL=hostile.url, DJANGO_SETTINGS_MODULE=SETTINGS, **env
        ) as stack:
            yield stack
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # pytest would keep the huge file for three runs


@pytest.fixture(scope="module")
def scales(stack):
    with Scales(stack) as scales:
        yield scales


@pytest.fixture(scope="module")
def seen(stack, hostile, scales):
    """What became of every case, by its name."""
    began = time.monotonic()
    submit(stack, **dict.fromkeys(MATRIX, 1), **dict.fromkeys(TWICE, 2))
    settle(stack, SETTLED_WITHIN)
    # Those that stay at risk are to be seen tried again: the third try begins.
    tried = "SELECT COUNT(*) FROM generation_output WHERE state = 'pending' AND attempts < 3"
    assert eventually(lambda: stack.rows(tried) == [(0,)], 60)
    print(f"settled after {time.monotonic() - began:.1f} s")
    found = {}
    for task in look(stack):
        found.setdefault(task.case, []).append(task)
    return found


@pytest.mark.parametrize("name", MATRIX)
def test_a_task_ends_as_it_should(seen, hostile, name):
    case = MATRIX[name]
    (task,) = seen[name]
    assert (task.state, task.reason) == (case.state, case.reason), task.story
    assert hostile.count("create", name) == case.asked, task.story
    assert len(hostile.made(name)) <= 1
    told = iter(task.words)
    assert all(word in told for word in case.words), task.story
    assert case.error in "\n".join([task.error, *task.texts]), task.story
    if case.cost is not None:
        assert float(task.cost) == float(case.cost), task.story


@pytest.mark.parametrize("name", [name for name in MATRIX if MATRIX[name].state == "completed"])
def test_a_completed_task_has_its_file(seen, hostile, name):
    (task,) = seen[name]
    assert [task.remote_id] == hostile.made(name)
    (output,) = task.outputs
    assert output["state"] == "stored"
    assert output["stored"]
    assert output["bytes"] > 1000
    assert task.charged is True
    assert task.finished


@pytest.mark.parametrize("name", [name for name in MATRIX if MATRIX[name].reason == "at-risk"])
def test_what_is_at_risk_says_why_and_until_when(seen, name):
    (task,) = seen[name]
    (output,) = task.outputs
    assert output["state"] == "pending"
    assert MATRIX[name].error in output["error"]
    assert 23.9 < output["hours_left"] <= 24
    assert not task.finished


@pytest.mark.parametrize("name", ["clock-ahead", "clock-behind"])
def test_the_gateways_clock_moves_no_deadline(seen, name):
    (output,) = seen[name][0].outputs
    assert 22.9 < output["hours_left"] <= 24


def test_an_uncertain_task_is_not_called_free(seen):
    for name, case in MATRIX.items():
        if case.state == "uncertain":
            assert seen[name][0].charged is None, name


def test_a_failed_task_says_what_it_cost(seen):
    assert seen["failed-charged"][0].charged is True
    assert seen["failed-silent"][0].charged is None
    assert seen["failed-free"][0].charged is False
    assert seen["http-402"][0].charged is False


def test_progress_never_goes_back(seen, hostile):
    assert hostile.count("poll", "backwards") > 1
    assert seen["backwards"][0].percent == 60


def test_one_id_is_never_two_tasks(seen):
    first, second = sorted(seen["same-id"], key=lambda task: task.state)
    assert (first.state, second.state) == ("completed", "uncertain")
    assert first.remote_id == "same-id-1"
    assert second.remote_id == ""
    assert "id of another task" in second.error


def test_250_megabytes_pass_through_slim_processes(seen, scales):
    (output,) = seen["huge"][0].outputs
    assert output["bytes"] > HUGE
    assert scales.most < SLIM, (scales.most / 1024**2, scales.heaviest)


def test_a_key_that_was_refused_does_not_stop_other_keys(seen):
    assert seen["poll-403"][0].reason == "key"
    assert seen["fine"][0].state == "completed"


def test_nothing_secret_is_logged(stack, seen):
    assert "key-of-" not in stack.output


def test_no_promise_is_broken(stack, seen):
    assert broken(stack) == ""
