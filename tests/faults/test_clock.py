"""The clock is set, by hours, while tasks are queued, at the gateway and about to be saved."""

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


def waiting(stack, later):
    """Whether one task waits for its second sending, one is at risk, one is at the gateway, and
    none is on its way: after the jump a request that has not been answered is hours old.
    """
    rows = set(stack.rows("SELECT key_label, state, attempts FROM generation_task"))
    there = {(later, "queued", 1), ("long", "processing", 1)} <= rows
    sent = not any(
        state == "submitting" or (state, tries) == ("queued", 0) for _, state, tries in rows
    )
    return (there and sent) and stack.rows(
        "SELECT 1 FROM generation_task WHERE state = 'archiving' AND reason = 'at-risk'"
    )


# The second jump is back to the right time, from two hours ahead of it.
@pytest.mark.parametrize(
    ("hours", "later"), [(2, "sent-later"), (0, "sent-later-again")], ids=["forward", "back"]
)
def test_everything_goes_on(stack, hostile, clock, hours, later):
    submit(stack, **{later: 1, "saved-later": 1, "long": 3})
    assert eventually(lambda: waiting(stack, later), 60), stack.output[-3000:]
    clock.set(hours)
    settle(stack, STALLED + 20)
    tasks = look(stack)
    made_once(hostile, tasks)
    assert not any("uncertain" in task.words for task in tasks)


def test_the_workers_are_seen_alive(stack):
    assert eventually(lambda: stack.status("/readyz") == 200, 10)
    assert "as promised, with their files" in stack.manage("doctor", "--files")
    assert broken(stack) == ""
