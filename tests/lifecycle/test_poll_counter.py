"""How often this process has asked lately."""

from types import SimpleNamespace

import pytest

from generation.workers import poll_counter
from generation.workers.poll_counter import SPAN, count_polls, polls_a_second


@pytest.fixture
def now(monkeypatch):
    """The monotonic clock, for a test to set."""
    time = [1000.0]
    monkeypatch.setattr(poll_counter, "time", SimpleNamespace(monotonic=lambda: time[0]))
    monkeypatch.setattr(poll_counter, "_written", 1000.0)
    monkeypatch.setattr(poll_counter, "_waiting", 0)
    poll_counter._recent.clear()
    yield time
    poll_counter._recent.clear()


def test_nothing_asked_is_no_rate(now):
    assert polls_a_second() == 0


def test_what_was_asked_lately_counts(now):
    count_polls(6)
    now[0] += SPAN / 2
    count_polls(4)
    assert polls_a_second() == 10 / SPAN


def test_what_is_longer_ago_does_not(now):
    count_polls(6)
    now[0] += SPAN / 2
    count_polls(4)
    now[0] += SPAN / 2 + 0.1
    assert polls_a_second() == 4 / SPAN
    now[0] += SPAN
    assert polls_a_second() == 0
