"""The load test in small: many tasks at a steady pace, all noticed, all saved, none sent twice."""

import pytest

from tests.load.harness import busiest, feeding, loaded_stack, times
from tests.support.eventually import eventually

pytestmark = [pytest.mark.processes, pytest.mark.alone]

TASKS = 40
LIMIT = 40


def test_a_small_load_is_carried(tmp_path):
    seconds = [3 + number % 7 / 3 for number in range(TASKS)]
    with loaded_stack(tmp_path, MAX_POLLS_PER_SECOND=str(LIMIT)) as (stack, gateway):
        with feeding(stack, seconds, rate=30):
            pass
        query = "SELECT COUNT(*) FROM generation_task WHERE state = 'completed'"
        assert eventually(lambda: stack.rows(query) == [(TASKS,)], 30), stack.output
        stats, rows = gateway.stats(), times(stack)
    assert stats["creates"] == stats["downloads"] == len(rows) == TASKS
    assert max(stats["late"].values()) < 5
    assert all(ended - noticed + stats["late"][remote] < 10 for remote, _, noticed, ended in rows)
    assert busiest(stats["polls_by_second"]) <= LIMIT * 1.2
