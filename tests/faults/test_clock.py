"""The clock is set, by hours, while tasks are queued, at the gateway and about to be saved."""

from collections import Counter

import pytest

from tests.faults.clock import Clock
from tests.faults.conftest import SETTINGS
from tests.faults.watching import broken, look, made_once, settle, submit
from tests.processes.stack import start_stack
from tests.support.eventually import eventually

pytestmark = pytest.mark.faults

STALLED = 60
"""Seconds after which everything has to go on, on top of the time it takes anyway."""


@pytest.fixture(scope="module")
def clock(tmp_path_factory, services):
    return Clock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def stack(tmp_path_factory, hostile, services, clock):
    with start_stack(
        tmp_path_factory.mktemp("jumps"),
        GATEWAY_URL=hostile.url,
        DJANGO_SETTINGS_MODULE=SETTINGS,
        **services.env,
        **clock.env,
    ) as stack:
        yield stack


def waiting(stack):
    """How many of each case were sent once and wait: to be sent again, at the gateway, or at risk."""
    rows = stack.rows("SELECT key_label, state, reason, attempts FROM generation_task")
    places = ("queued", "busy"), ("processing", ""), ("archiving", "at-risk")
    return Counter(name for name, *place, attempts in rows if (*place,) in places and attempts == 1)


# The second jump is back to the right time, from two hours ahead of it.
@pytest.mark.parametrize(
    ("hours", "later"), [(2, "sent-later"), (0, "sent-later-again")], ids=["forward", "back"]
)
def test_everything_goes_on(stack, hostile, clock, hours, later):
    hostile.released.clear()
    kept = Counter({"kept-archiving": 1, "kept-processing": 3})
    submit(stack, **kept)
    assert eventually(lambda: waiting(stack) == kept, 60), [task.story for task in look(stack)]
    # Last, as it waits for twenty seconds only. None is on its way: after the jump a request that
    # has not been answered would be hours old.
    submit(stack, **{later: 1})
    assert eventually(lambda: waiting(stack) == kept + Counter([later]), 15), waiting(stack)
    clock.set(hours)
    hostile.released.set()
    settle(stack, STALLED + 20)
    tasks = look(stack)
    made_once(hostile, tasks)
    assert not any("uncertain" in task.words for task in tasks)


def test_the_workers_are_seen_alive(stack):
    assert eventually(lambda: stack.status("/readyz") == 200, 10)
    assert "as promised, with their files" in stack.manage("doctor", "--files")
    assert broken(stack) == ""
