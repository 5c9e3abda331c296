"""The least that a task needs is measured part by part."""

import time

import pytest

from tests.load.batch import compared, plain_tasks
from tests.load.plain_task import PAUSE, WARM_UP


@pytest.mark.processes
def test_every_part_of_a_plain_task_costs_something(tmp_path):
    with plain_tasks(tmp_path / "plain") as costs:
        time.sleep(PAUSE * (WARM_UP + 6))
    assert costs.keys() == {"create", "poll", "download", "poster", "writes"}
    assert all(0 < seconds < 1 for seconds in costs.values()), costs


def test_the_ratio_counts_as_many_polls_as_there_were():
    costs = {"create": 1.0, "poll": 0.5, "poster": 2.0}
    figures = {"polls a task": 4, "CPU of the workers": 30.0}
    assert compared(figures, costs, 3) == {"CPU of plain tasks": 15.0, "ratio": 2.0}
